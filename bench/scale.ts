import { availableParallelism } from 'node:os';
import { chooseIndex, createIndex } from '../src/candidate-gen/indexes/choose.ts';
import type { SavedIndex } from '../src/candidate-gen/indexes/contract.ts';
import { createExactIndex } from '../src/candidate-gen/indexes/exact.ts';
import { createInt8Index } from '../src/candidate-gen/indexes/int8.ts';
import type { Measurement, StageRow } from '../src/domain/measurement.ts';
import type { Progress } from '../src/domain/progress.ts';
import { createRng, type Rng } from '../src/domain/rng.ts';
import { latencyQuantile, sampleLatencyMs } from '../src/experiments/latency.ts';
import { sharedKernels } from '../src/math/kernels/kernels.ts';
import type { Suite } from './contract.ts';
import { DIMENSION, drawVectors, sizeName } from './index-data.ts';
import { measureThreads } from './scale-threads.ts';

const SIZES = [1_000, 10_000, 100_000, 1_000_000] as const;
const SMALL_SIZES = [1_000, 10_000] as const;
const K = 500;
const RECALL_TARGET = 0.99;
const QUERIES = 200;

/** How time and memory of the indexes grow with the catalogue, and of the kernels with the threads. */
const scale: Suite = async ({ seed, small, progress }) => {
  const rng = createRng(seed).fork('scale');
  const rows: StageRow[] = [];
  const medians: number[] = [];
  const sizes: readonly number[] = small ? SMALL_SIZES : SIZES;
  for (const size of sizes) {
    const measured = await measureSize(size, rng, progress);
    rows.push(...measured.map((measurement) => ({ stage: 'titles', measurement })));
    medians.push(measured.find(({ name }) => name.endsWith('.search.p50'))!.value);
  }
  const last = sizes.length - 1;
  rows.push({
    stage: 'titles',
    measurement: {
      name: 'scale.search.growth',
      value: medians[last] / medians[0],
      unit: 'ratio',
      n: sizes.length,
      definition: `median search over ${sizes[last]} vectors by that over ${sizes[0]}`,
    },
  });
  const counts = [...new Set([1, 2, 4, 8, availableParallelism()])].filter(
    (n) => n <= availableParallelism(),
  );
  const perThreads = await measureThreads(
    counts.sort((a, b) => a - b),
    { small, progress },
  );
  rows.push(...perThreads.map((measurement) => ({ stage: 'threads', measurement })));
  return { backend: 'kernels', rows };
};

/** Build, bytes and search of the index that would be chosen, and searches of the two that read every row. */
const measureSize = async (size: number, rng: Rng, progress: Progress): Promise<Measurement[]> => {
  const at = `scale.${sizeName(size)}`;
  const step = progress.step(`${size.toLocaleString('en')} titles`);
  const { points, queries } = drawVectors(size, QUERIES, rng.fork(`vectors-${size}`));
  const { arena } = sharedKernels();
  const before = arena.bytesInUse;
  const startedAt = performance.now();
  const { index } = createIndex(points, DIMENSION, { rng: rng.fork('index'), recallTarget: RECALL_TARGET });
  const seconds = (performance.now() - startedAt) / 1000;
  const bytes = arena.bytesInUse - before;
  const { reason } = chooseIndex(size, RECALL_TARGET);
  const rest = [createExactIndex(points, DIMENSION), createInt8Index(points, DIMENSION)];

  // so many that every index takes about a second
  const samples = Math.max(40, Math.min(1_000, Math.round(4e7 / size)));
  const contenders: { readonly figure: string; readonly index: SavedIndex }[] = [
    { figure: 'search', index },
    ...rest.map((each) => ({ figure: `${each.name}.search`, index: each })),
  ];
  const taken = contenders.map((): number[] => []);
  const turn = 20;
  for (let from = 0; from < samples; from += turn) {
    for (const [c, each] of contenders.entries()) {
      const latencies = await sampleLatencyMs({ warmUp: from === 0 ? turn : 0, samples: turn }, (i) => {
        each.index.search(queries[(from + i) % QUERIES], K);
      });
      taken[c].push(...latencies);
    }
  }
  step.end(reason);
  const protocol = `one thread, k = ${K}, ${QUERIES} distinct queries, indexes in turns of ${turn}`;
  return [
    { name: `${at}.build.seconds`, value: seconds, unit: 's', n: 1, protocol: `one thread; ${reason}` },
    { name: `${at}.bytes-per-title`, value: bytes / size, unit: 'bytes', n: size, protocol: reason },
    ...contenders.map(({ figure, index: { name } }, c) => ({
      ...latencyQuantile(`${at}.${figure}.p50`, taken[c], 0.5),
      protocol: `${protocol}; ${name}`,
    })),
  ];
};

export default scale;
