import { setTimeout as sleep } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs';
import type { Measurement } from '../src/domain/measurement.ts';
import type { Kernels } from '../src/math/kernels/kernels.ts';
import { quantileRanks } from '../src/math/quantile-interval.ts';
import { quantile } from '../src/math/statistics.ts';

/** Something that is timed beside others, on a backend of TensorFlow.js. */
export interface Contender {
  readonly name: string;
  readonly backend: string;
  /** Of the simd backend; the others have one. */
  readonly threads?: number;
  /** Calls of one round, whose median is the round's time. */
  readonly calls: number;
  /** Fewer than the others' where a call takes seconds; 0 leaves it out. */
  readonly rounds: number;
  run(): void;
}

/** How long worker threads may take to start. */
const START_LIMIT_MS = 5_000;

/**
 * Milliseconds per call of each contender: [rounds]. All run in each round, one after another, so that what else the
 * machine does meets them alike; a first round that is not counted warms up whoever has more than three rounds.
 */
export const interleave = async (
  kernels: Kernels,
  contenders: readonly Contender[],
  onRound: (round: number) => void = () => undefined,
): Promise<Map<string, number[]>> => {
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  const most = contenders.reduce((rounds, contender) => Math.max(rounds, contender.rounds), 0);
  for (let round = -1; round < most; round++) {
    for (const { name, backend, threads = 1, calls, rounds, run } of contenders) {
      if (round >= rounds || (round < 0 && rounds <= 3)) continue;
      await tf.setBackend(backend);
      await useThreads(kernels, threads);
      const taken = Array.from({ length: calls }, () => {
        const startedAt = performance.now();
        run();
        return performance.now() - startedAt;
      });
      if (round >= 0) times.get(name)?.push(quantile(taken, 0.5));
    }
    onRound(round + 1);
  }
  await useThreads(kernels, 1);
  return times;
};

const useThreads = async (kernels: Kernels, threads: number): Promise<void> => {
  kernels.setThreads(threads);
  const until = performance.now() + START_LIMIT_MS;
  while (kernels.workers < threads - 1) {
    if (performance.now() > until) throw new Error(`no ${threads} threads within ${START_LIMIT_MS} ms`);
    await sleep(1);
  }
};

/**
 * How many times as long the slow one takes: the median of the rounds' ratios, since a round's times were taken
 * within a moment of one another, and its distribution-free 95 % interval where there are rounds enough.
 */
export const speedup = (
  name: string,
  { slow, fast, definition }: { slow: readonly number[]; fast: readonly number[]; definition: string },
): Measurement => {
  const n = Math.min(slow.length, fast.length);
  const ratios = Float64Array.from({ length: n }, (_, round) => slow[round] / fast[round]).sort();
  const ranks = quantileRanks(n, 0.5);
  return {
    name,
    value: quantile(ratios, 0.5),
    unit: 'ratio',
    n,
    ...(ranks === undefined ? {} : { ci: [ratios[ranks[0] - 1], ratios[ranks[1] - 1]] as const }),
    definition,
    protocol: `median of the ratios of ${n} interleaved rounds in one process`,
  };
};
