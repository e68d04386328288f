/** The state of a server, as it tells it and as `marquee monitor` prints it. */
import type { Alert } from './alerts/alert-watch.ts';
import type { Calibration } from './calibration.ts';
import type { Drift } from './drift.ts';
import type { QualityCheck } from './quality.ts';
import type { Traffic } from './traffic.ts';

export interface VersionState {
  readonly serving: string;
  readonly trial?: { readonly version: string; readonly share: number; readonly verdict?: string };
  readonly shadow?: { readonly version: string; readonly compared: number };
  readonly refused: readonly { readonly version: string; readonly why: string }[];
}

export interface Status {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly versions: VersionState;
  readonly traffic: Traffic;
  readonly drift: readonly Drift[];
  readonly calibration: readonly Calibration[];
  readonly quality: readonly QualityCheck[];
  /** Worst first. */
  readonly alerts: readonly Alert[];
}

/** As JSON: what is no finite number is null. */
export const statusJson = (status: Status): { at: number } =>
  JSON.parse(
    JSON.stringify(status, (_, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? null : value,
    ),
  );
