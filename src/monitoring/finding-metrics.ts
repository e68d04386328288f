/** What a server found of what it watches, as gauges. */
import { Gauge, type Registry } from 'prom-client';

export interface Findings {
  readonly drift: readonly {
    readonly name: string;
    readonly psi: number;
    readonly distance: number;
    readonly drifted: boolean;
  }[];
  readonly calibration: readonly {
    readonly head: string;
    readonly ratio: number;
    readonly ece: number;
    readonly miscalibrated: boolean;
  }[];
  readonly quality: readonly { readonly name: string; readonly failed: boolean }[];
}

/** Each process finds the same of what all of them saw. */
export const createFindingMetrics = (registers: Registry[]): ((findings: Findings) => void) => {
  const gauge = (name: string, help: string, label: string) =>
    new Gauge({ name, help, labelNames: [label] as const, aggregator: 'max', registers });
  const psi = gauge('marquee_drift_psi', 'Population stability index against the snapshot', 'of');
  const distance = gauge('marquee_drift_ks', 'Kolmogorov-Smirnov distance to the snapshot', 'of');
  const drifted = gauge('marquee_drifted', '1 where it drifted: much, and not by chance', 'of');
  const ratio = gauge('marquee_calibration_ratio', 'Observed over predicted', 'head');
  const ece = gauge('marquee_calibration_ece', 'Expected calibration error', 'head');
  const miscalibrated = gauge('marquee_miscalibrated', '1 where the ratio is off by over a quarter', 'head');
  const failed = gauge('marquee_quality_failed', '1 where a check of what comes in fails', 'check');
  return ({ drift, calibration, quality }) => {
    for (const each of [psi, distance, drifted, ratio, ece, miscalibrated, failed]) each.reset();
    for (const line of drift) {
      const of = line.name;
      if (!Number.isNaN(line.psi)) psi.set({ of }, line.psi);
      if (!Number.isNaN(line.distance)) distance.set({ of }, line.distance);
      drifted.set({ of }, Number(line.drifted));
    }
    for (const line of calibration) {
      const { head } = line;
      if (Number.isFinite(line.ratio)) ratio.set({ head }, line.ratio);
      if (Number.isFinite(line.ece)) ece.set({ head }, line.ece);
      miscalibrated.set({ head }, Number(line.miscalibrated));
    }
    for (const line of quality) failed.set({ check: line.name }, Number(line.failed));
  };
};
