import type { Measurement } from '../domain/measurement.ts';
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
 * that did occur, and its distribution-free 95 % interval where n allows one.
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
  };
};
