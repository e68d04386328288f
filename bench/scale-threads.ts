/** What the kernels gain from more threads: a compute-bound product and a scan bound by memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Measurement } from '../src/domain/measurement.ts';
import type { Progress } from '../src/domain/progress.ts';
import { latencyQuantile } from '../src/experiments/latency.ts';
import { createKernels, type Kernels } from '../src/math/kernels/kernels.ts';
import { DIMENSION } from './index-data.ts';

interface Sizes {
  /** Of the square matrices. */
  readonly gemm: number;
  readonly scanRows: number;
  readonly samples: number;
}

/** The rows are 61 MB: more than a cache of the last level holds. */
const FULL: Sizes = { gemm: 1_024, scanRows: 240_000, samples: 60 };
const SMALL: Sizes = { gemm: 512, scanRows: 60_000, samples: 20 };

/** Calls before the first that counts. */
const WARM_UP = 3;
const WORKERS_MS = 5_000;

interface Subject {
  readonly threads: number;
  readonly kernels: Kernels;
  readonly gemm: () => void;
  readonly scan: () => void;
  readonly gemmMs: number[];
  readonly scanMs: number[];
}

/** GFLOP/s of a matrix product and GB/s of a scan for each number of threads, measured in turns. */
export const measureThreads = async (
  counts: readonly number[],
  { small, progress }: { readonly small: boolean; readonly progress: Progress },
): Promise<Measurement[]> => {
  const sizes = small ? SMALL : FULL;
  const step = progress.step(`${counts.join(', ')} threads`, sizes.samples);
  const subjects: Subject[] = [];
  for (const threads of counts) subjects.push(await makeSubject(threads, sizes));
  for (let sample = -WARM_UP; sample < sizes.samples; sample++) {
    for (const { gemm, scan, gemmMs, scanMs } of subjects) {
      const startedAt = performance.now();
      gemm();
      const betweenAt = performance.now();
      scan();
      const endedAt = performance.now();
      if (sample < 0) continue;
      gemmMs.push(betweenAt - startedAt);
      scanMs.push(endedAt - betweenAt);
    }
    if (sample > 0) step.advance(sample);
  }
  for (const { kernels } of subjects) await kernels.close();
  step.end();
  const flop = 2 * sizes.gemm ** 3;
  const bytes = 4 * DIMENSION * sizes.scanRows;
  return subjects.flatMap(({ threads, gemmMs, scanMs }) => {
    const at = `scale.threads-${threads}`;
    return [
      rate(`${at}.gemm`, gemmMs, flop / 1e6, {
        unit: 'GFLOP/s',
        protocol: `${sizes.gemm} x ${sizes.gemm} x ${sizes.gemm}, median call`,
      }),
      rate(`${at}.scan`, scanMs, bytes / 1e6, {
        unit: 'GB/s',
        protocol: `dot products of ${sizes.scanRows} x ${DIMENSION} float32 rows, median call`,
      }),
    ];
  });
};

/** `work` per millisecond of the median call, with the interval of the median turned over. */
const rate = (
  name: string,
  tookMs: readonly number[],
  work: number,
  said: { readonly unit: string; readonly protocol: string },
): Measurement => {
  const { ci, ...median } = latencyQuantile(name, tookMs, 0.5);
  const interval = ci === undefined ? {} : { ci: [work / ci[1], work / ci[0]] as const };
  return { ...median, ...said, value: work / median.value, ...interval };
};

const makeSubject = async (threads: number, { gemm, scanRows }: Sizes): Promise<Subject> => {
  const kernels = createKernels({ threads });
  const [a, b, c] = [0, 1, 2].map(() => kernels.alloc(gemm * gemm));
  for (const [i, block] of [a, b].entries()) block.f32.fill(0.5 + i);
  const rows = kernels.alloc(scanRows * DIMENSION);
  rows.f32.fill(0.25);
  const query = kernels.alloc(DIMENSION);
  query.f32.fill(2);
  const out = kernels.alloc(scanRows);
  const until = performance.now() + WORKERS_MS;
  while (kernels.workers < threads - 1 && performance.now() < until) await sleep(10);
  return {
    threads,
    kernels,
    gemm: () => kernels.gemm({ m: gemm, n: gemm, k: gemm, a, b, c }),
    scan: () => kernels.scan({ query, rows, n: scanRows, d: DIMENSION, out }),
    gemmMs: [],
    scanMs: [],
  };
};
