import type { Measurement, Series } from '../domain/measurement.ts';
import { quantileRanks } from '../math/quantile-interval.ts';

export interface LatencySampling {
  /** Calls that are not counted: the first ones compile, fill caches and read files. */
  readonly warmUp: number;
  readonly samples: number;
}

/**
 * Milliseconds of each counted call, in the order in which they ran, one after another: [samples].
 * Another call runs before each next, so `call` takes its number and can ask for something else each time.
 * @throws RangeError on fewer than one sample; whatever `call` throws
 */
export const sampleLatencyMs = async (
  { warmUp, samples }: LatencySampling,
  call: (number: number) => unknown,
): Promise<Float64Array> => {
  if (!(samples >= 1)) throw new RangeError(`samples: expected at least 1, got ${samples}`);
  const taken = new Float64Array(samples);
  for (let i = -warmUp; i < samples; i++) {
    const startedAt = performance.now();
    const pending = call(i + warmUp);
    if (isThenable(pending)) await pending; // awaiting what is no promise would add a turn of the queue
    const tookMs = performance.now() - startedAt;
    if (i >= 0) taken[i] = tookMs;
  }
  return taken;
};

const isThenable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'then' in value;

/**
 * The p-quantile of latencies as a measurement: the order statistic of rank ceil(p n), which is a latency
 * that did occur, and its distribution-free 95 % interval where n allows one. A p99 carries the histogram that it is the
 * end of.
 * @throws RangeError on no samples
 */
export const latencyQuantile = (name: string, samplesMs: ArrayLike<number>, p: number): Measurement => {
  const n = samplesMs.length;
  if (n === 0) throw new RangeError(`${name}: expected at least one sample, got none`);
  const ascending = Float64Array.from(samplesMs).sort();
  const ranks = quantileRanks(n, p);
  return {
    name,
    value: ascending[Math.ceil(p * n) - 1],
    unit: 'ms',
    n,
    ...(ranks === undefined ? {} : { ci: [ascending[ranks[0] - 1], ascending[ranks[1] - 1]] as const }),
    ...(p >= TAIL ? { series: [histogramOf(name, ascending)] } : {}),
  };
};

const TAIL = 0.99;

/** Upper ends of bins in a decade of milliseconds: Renard's R10 (ISO 3), among which are the numbers that budgets are. */
const R10 = [1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8] as const;
const LEAST_MS = 1e-3;

/** Shares of ascending samples by bin, from the bin of the least to that of the most. */
const histogramOf = (line: string, samples: Float64Array): Series => {
  const [x, y]: [number[], number[]] = [[], []];
  const ascending = samples.filter(Number.isFinite); // a call that never ended has no place
  const n = ascending.length;
  let counted = 0;
  for (let bin = R10.length * Math.log10(LEAST_MS); counted < n; bin++) {
    const decade = Math.floor(bin / R10.length);
    const upper = Number((R10[bin - decade * R10.length] * 10 ** decade).toPrecision(3));
    const before = counted;
    while (counted < n && ascending[counted] <= upper) counted++;
    if (counted === 0) continue;
    x.push(upper);
    y.push((counted - before) / n);
  }
  return { kind: 'latency', line, x, y };
};
