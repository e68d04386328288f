/**
 * Whether what is served still looks like what the version was published with: one title of each page, so that what is
 * counted is independent, in the bins of the version's own snapshot.
 */
import type { Clock } from '../domain/clock.ts';
import { quantileOfSorted } from '../math/statistics.ts';
import {
  kolmogorovSmirnovOfCounts,
  kolmogorovSmirnovTail,
  populationStability,
  stabilityTail,
} from '../math/two-samples.ts';
import { createSlidingSums } from './sliding-sums.ts';

/** One feature or prediction as the version knew it: counts between quantiles. */
export interface Snapshot {
  readonly name: string;
  /** Upper ends of all bins but the last, ascending: a value is in the first bin whose end is not below it. */
  readonly edges: Float64Array; // [bins - 1]
  readonly counts: Float64Array; // [bins]
  readonly least: number;
  readonly most: number;
  /** Independent observations behind the counts: pages. */
  readonly pages: number;
}

const QUANTILES = 64;

/** The snapshot of values in any order; those that are no finite number are left out. @throws RangeError where none is left */
export const snapshotOf = (name: string, values: ArrayLike<number>, pages: number): Snapshot => {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  if (sorted.length === 0) throw new RangeError(`${name}: expected finite values for a snapshot, got none`);
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  const quantiles = Array.from({ length: QUANTILES - 1 }, (_, i) =>
    quantileOfSorted(sorted, (i + 1) / QUANTILES),
  );
  const edges = Float64Array.from(new Set(quantiles.filter((edge) => edge < most)));
  const counts = new Float64Array(edges.length + 1);
  for (const value of sorted) counts[binOf(edges, value)] += 1;
  return { name, edges, counts, least, most, pages };
};

const binOf = (edges: Float64Array, value: number): number => {
  let [from, to] = [0, edges.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (edges[middle] < value) from = middle + 1;
    else to = middle;
  }
  return from;
};

/** Of one snapshot's share of the sums: how many were no number, how many outside what the snapshot saw, then the bins. */
const MISSING = 0;
const OUTSIDE = 1;
const BINS = 2;

export interface DriftWindow {
  /** One title of one page: values aligned with the snapshots, undefined where there is no such thing to look at. */
  add(values: ArrayLike<number | undefined>): void;
  /** What `driftOf` reads. Those of several processes that serve one version may be added up. */
  counts(): Float64Array;
}

export interface WindowTime {
  readonly clock: Clock;
  /** Default: 12 slices of 5 minutes. */
  readonly sliceMs?: number;
  readonly slices?: number;
}

export const createDriftWindow = (
  snapshots: readonly Snapshot[],
  { clock, sliceMs = 300_000, slices = 12 }: WindowTime,
): DriftWindow => {
  const starts = startsOf(snapshots);
  const sums = createSlidingSums({ size: starts[snapshots.length], sliceMs, slices, clock });
  return {
    add(values) {
      for (let s = 0; s < snapshots.length; s++) {
        const value = values[s];
        if (value === undefined) continue;
        const { edges, least, most } = snapshots[s];
        if (!Number.isFinite(value)) {
          sums.add(starts[s] + MISSING, 1);
          continue;
        }
        if (value < least || value > most) sums.add(starts[s] + OUTSIDE, 1);
        sums.add(starts[s] + BINS + binOf(edges, value), 1);
      }
    },
    counts: () => sums.total(),
  };
};

const startsOf = (snapshots: readonly Snapshot[]): number[] => {
  const starts = [0];
  for (const { counts } of snapshots) starts.push(starts[starts.length - 1] + BINS + counts.length);
  return starts;
};

export interface Drift {
  readonly name: string;
  /** Pages in the window. */
  readonly n: number;
  /** NaN where the window holds too little to say. */
  readonly psi: number;
  /** Kolmogorov and Smirnov's distance, and how probable one as large is by chance. */
  readonly distance: number;
  readonly p: number;
  readonly drifted: boolean;
  /** Shares of n: no finite number; outside the range of the snapshot. */
  readonly missingShare: number;
  readonly outsideShare: number;
}

export interface DriftLimits {
  /** By custom 0.25 is much: Siddiqi, 2006. */
  readonly psi: number;
  /** Of a false alarm in the whole table; each of its lines gets an equal part. */
  readonly alpha: number;
  readonly fewestPages: number;
}

export const DRIFT_LIMITS: DriftLimits = { psi: 0.25, alpha: 0.001, fewestPages: 100 };

/** Coarser than the snapshot: a PSI of many bins is mostly noise. */
const STABILITY_BINS = 10;

/**
 * Each line of the snapshot against the counts of a window. Drifted is what changed much (PSI) and not by chance: neither
 * the PSI nor the distance is one that equal distributions give.
 */
export const driftOf = (
  snapshots: readonly Snapshot[],
  counts: Float64Array,
  limits: DriftLimits = DRIFT_LIMITS,
): Drift[] => {
  const starts = startsOf(snapshots);
  const alpha = limits.alpha / snapshots.length;
  return snapshots.map(({ name, counts: before, pages: n }, s): Drift => {
    const now = counts.subarray(starts[s] + BINS, starts[s + 1]);
    const m = now.reduce((sum, count) => sum + count, 0);
    const missing = counts[starts[s] + MISSING];
    const all = m + missing;
    const shares = {
      missingShare: all === 0 ? 0 : missing / all,
      outsideShare: m === 0 ? 0 : counts[starts[s] + OUTSIDE] / m,
    };
    if (m < limits.fewestPages) {
      return { name, n: m, psi: Number.NaN, distance: Number.NaN, p: 1, drifted: false, ...shares };
    }
    const [coarseBefore, coarseNow] = coarse(before, now);
    const psi = populationStability(coarseBefore, coarseNow);
    const distance = kolmogorovSmirnovOfCounts(before, now);
    const p = kolmogorovSmirnovTail(distance, { n, m });
    const byChance = stabilityTail(psi, coarseBefore.length, { n, m });
    return {
      name,
      n: m,
      psi,
      distance,
      p,
      drifted: psi > limits.psi && p < alpha && byChance < alpha,
      ...shares,
    };
  });
};

/** Both counts over neighbouring bins taken together until each holds its part of `before`. */
const coarse = (before: Float64Array, now: Float64Array): [number[], number[]] => {
  const total = before.reduce((sum, count) => sum + count, 0);
  const [left, right]: [number[], number[]] = [[], []];
  let [a, b] = [0, 0];
  for (let bin = 0; bin < before.length; bin++) {
    a += before[bin];
    b += now[bin];
    if (a < total / STABILITY_BINS && bin + 1 < before.length) continue;
    left.push(a);
    right.push(b);
    [a, b] = [0, 0];
  }
  return [left, right];
};
