import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { bugError } from '../src/domain/errors.ts';
import { heldTo, type Measurement, type StageRow } from '../src/domain/measurement.ts';
import { createRng, type Rng } from '../src/domain/rng.ts';
import { latencyQuantile, sampleLatencyMs } from '../src/experiments/latency.ts';
import { RANKING_FEATURE_NAMES } from '../src/features/ranking-features.ts';
import { type DenseLayer, denseForward } from '../src/math/dense.ts';
import type { Kernels } from '../src/math/kernels/kernels.ts';
import { HEADS } from '../src/ranking/multi-task.ts';
import { registerSimdBackend, SIMD } from '../src/tensor/simd/register.ts';
import type { Suite } from './contract.ts';
import { type Contender, interleave, speedup } from './interleaved.ts';
import { CPU, registerWasmPeer, supplyGatherGradient, WASM } from './tfjs-peers.ts';
import { drawBatches, drawStart, marqueeProgram, plainProgram, STEP_SHAPES } from './training-steps.ts';

interface Setting {
  readonly kernels: Kernels;
  readonly rng: Rng;
  readonly rounds: number;
  /** Rounds in which the CPU backend takes part. */
  readonly cpuRounds: number;
  readonly forwards: number;
  readonly wasm: boolean;
  onRound(round: number): void;
}

/** The training step, matrix multiplication and the ranker's forward pass, beside the other backends of TensorFlow.js. */
const training: Suite = async ({ seed, small, progress }) => {
  const rounds = small ? 4 : 15;
  const watched = progress.step('training steps', rounds);
  supplyGatherGradient(CPU);
  const setting: Setting = {
    kernels: registerSimdBackend({ threads: 1 }),
    rng: createRng(seed).fork('bench-training'),
    rounds,
    cpuRounds: small ? 0 : 2,
    forwards: small ? 400 : 2_000,
    wasm: await registerWasmPeer(),
    onRound: (round) => watched.advance(round),
  };
  const rows = [
    ...(await measureStep(setting)),
    ...(await measureGemm(setting)),
    ...(await measureForward(setting)),
  ];
  watched.end();
  return { backend: SIMD, rows };
};

const row = (measurement: Measurement): StageRow => ({ stage: 'training', measurement });

const NO_WASM: StageRow = {
  stage: 'training',
  absent: 'speedup-vs-tfjs-wasm: @tensorflow/tfjs-backend-wasm, a development dependency, is not installed',
};

const MODEL =
  'tables 6,040 x 64 and 3,706 x 64, query tower 64-128-64 with ReLU, batch 1,024, in-batch softmax, Adam';
const PLAIN = 'the plain TensorFlow.js program (dense gradients and Adam over all rows of the tables)';
const OWN = 'this step (gradients and Adam for the rows of the batch, softmax as one operation)';

/** Beyond this the first losses are not those of one model: float32 sums of 1,024 logits in another order. */
const SAME_LOSS = 1e-3;

const measureStep = async ({
  kernels,
  rng,
  rounds,
  cpuRounds,
  wasm,
  onRound,
}: Setting): Promise<StageRow[]> => {
  const start = drawStart(rng.fork('start'));
  const batches = drawBatches(8, rng.fork('batches'));
  const firstLosses: number[] = [];
  const disposals: (() => void)[] = [];
  const stepOf = async (make: typeof plainProgram, backend: string): Promise<() => void> => {
    await tf.setBackend(backend);
    const program = make(start);
    disposals.push(program.dispose);
    let steps = 0;
    return () => {
      const loss = program.step(batches[steps % batches.length]);
      if (steps++ === 0) firstLosses.push(loss);
    };
  };
  const own = await stepOf(marqueeProgram, SIMD);
  const contenders: Contender[] = [
    { name: 'own', backend: SIMD, calls: 5, rounds, run: own },
    { name: 'plain', backend: SIMD, calls: 3, rounds, run: await stepOf(plainProgram, SIMD) },
  ];
  const cores = availableParallelism();
  if (cores > 1)
    contenders.push({ name: 'own on two', backend: SIMD, threads: 2, calls: 5, rounds, run: own });
  if (wasm)
    contenders.push({ name: WASM, backend: WASM, calls: 1, rounds, run: await stepOf(plainProgram, WASM) });
  if (cpuRounds > 0)
    contenders.push({
      name: CPU,
      backend: CPU,
      calls: 1,
      rounds: cpuRounds,
      run: await stepOf(plainProgram, CPU),
    });
  const times = await interleave(kernels, contenders, onRound);
  for (const dispose of disposals) dispose();
  for (const loss of firstLosses) {
    if (!(Math.abs(loss - firstLosses[0]) <= SAME_LOSS)) {
      throw bugError(
        'bench.other-model',
        `first losses: got ${firstLosses.join(', ')}, expected them to agree`,
      );
    }
  }

  const timesOf = (name: string): readonly number[] => times.get(name) ?? [];
  const fast = timesOf('own');
  const step = 'two-tower.step';
  const ms = {
    ...latencyQuantile(`${step}.p50`, fast, 0.5),
    definition: `${OWN}; ${MODEL}`,
    protocol: 'one thread',
  };
  const perSecond = (1_000 * STEP_SHAPES.batch) / ms.value;
  const rows = [
    row(ms),
    row(
      heldTo(
        { ...ms, name: 'two-tower.examples-per-second', value: perSecond, unit: '1/s', ...ciOf(ms) },
        25_000,
        'at-least',
      ),
    ),
  ];
  if (cores > 1) {
    const definition = `${OWN} on one thread / on two; ${MODEL}`;
    const twice = speedup(`${step}.speedup-two-threads`, {
      slow: fast,
      fast: timesOf('own on two'),
      definition,
    });
    rows.push(row(heldTo(twice, 1, 'at-least')));
  } else rows.push({ stage: 'training', absent: `${step}.speedup-two-threads: this machine has one core` });
  for (const backend of [WASM, CPU]) {
    const slow = timesOf(backend);
    if (slow.length === 0) {
      if (backend === WASM) rows.push(NO_WASM);
      continue;
    }
    const peer = `tfjs-${backend}`;
    const ratio = speedup(`${step}.speedup-vs-${peer}`, {
      slow,
      fast,
      definition: `${PLAIN} on ${peer} / ${OWN}; ${MODEL}`,
    });
    const unchanged = {
      slow,
      fast: timesOf('plain'),
      definition: `${PLAIN} on ${peer} / the same program on simd; ${MODEL}`,
    };
    rows.push(
      row(backend === WASM ? heldTo(ratio, 15, 'at-least') : ratio),
      row(speedup(`${step}.unchanged-program.speedup-vs-${peer}`, unchanged)),
      row({ ...latencyQuantile(`${step}.${peer}.p50`, slow, 0.5), definition: `${PLAIN}; ${MODEL}` }),
    );
  }
  return rows;
};

/** The interval of the rate that a time's interval amounts to. */
const ciOf = ({ ci }: Measurement): Pick<Measurement, 'ci'> =>
  ci === undefined ? {} : { ci: [(1_000 * STEP_SHAPES.batch) / ci[1], (1_000 * STEP_SHAPES.batch) / ci[0]] };

const [M, N, K] = [1_024, 1_024, 64];

const measureGemm = async ({ kernels, rng, rounds, wasm }: Setting): Promise<StageRow[]> => {
  const draw = (name: string): Float32Array => {
    const stream = rng.fork(name);
    return Float32Array.from({ length: M * K }, () => stream.next() - 0.5);
  };
  const [left, right] = [draw('left'), draw('right')];
  const tensors: tf.Tensor[] = [];
  const productOf = async (backend: string, transposed: boolean): Promise<() => void> => {
    await tf.setBackend(backend);
    const a = tf.tensor2d(left, [M, K]);
    const b = tf.tensor2d(right, transposed ? [N, K] : [K, N]);
    tensors.push(a, b);
    return () => tf.dispose(tf.matMul(a, b, false, transposed));
  };
  const forms = [
    { form: 'gemm', transposed: true, written: 'Q V^T, both [1,024, 64], as the in-batch softmax has it' },
    { form: 'gemm-untransposed', transposed: false, written: 'A B, [1,024, 64] by [64, 1,024]' },
  ];
  const backends = wasm ? [SIMD, WASM] : [SIMD];
  const contenders: Contender[] = [];
  for (const { form, transposed } of forms) {
    for (const backend of backends) {
      const run = await productOf(backend, transposed);
      contenders.push({ name: `${form} ${backend}`, backend, calls: backend === SIMD ? 9 : 3, rounds, run });
    }
  }
  const times = await interleave(kernels, contenders);
  tf.dispose(tensors);
  return forms.flatMap(({ form, transposed, written }) => {
    const fast = times.get(`${form} ${SIMD}`) ?? [];
    const slow = times.get(`${form} ${WASM}`);
    const ms = latencyQuantile(form, fast, 0.5);
    const flops = 2 * M * N * K;
    const gflops: Measurement = {
      name: `${form}.gflops`,
      value: flops / 1e6 / ms.value,
      unit: 'GFLOP/s',
      n: ms.n,
      ...(ms.ci === undefined ? {} : { ci: [flops / 1e6 / ms.ci[1], flops / 1e6 / ms.ci[0]] as const }),
      definition: `2 m n k / median time of tf.matMul on simd, one thread; ${written}`,
    };
    if (slow === undefined) return [row(gflops), NO_WASM];
    const definition = `time of tf.matMul on tfjs-wasm / on simd, one thread; ${written}`;
    const ratio = speedup(`${form}.speedup-vs-tfjs-wasm`, { slow, fast, definition });
    return [row(gflops), row(transposed ? heldTo(ratio, 10, 'at-least') : ratio)];
  });
};

const CANDIDATES = 500;
const WARM_UP = 50;

const measureForward = async ({ rng, forwards }: Setting): Promise<StageRow[]> => {
  const stream = rng.fork('ranker');
  const draw = (length: number, scale: number): Float32Array =>
    Float32Array.from({ length }, () => scale * (stream.next() - 0.5));
  const sizes = [RANKING_FEATURE_NAMES.length, 256, 128, 64, HEADS.length];
  const layers = sizes.slice(1).map(
    (outputSize, l): DenseLayer => ({
      inputSize: sizes[l],
      outputSize,
      weights: draw(sizes[l] * outputSize, Math.sqrt(24 / sizes[l])),
      bias: draw(outputSize, 0.1),
      activation: l < sizes.length - 2 ? 'relu' : 'linear',
    }),
  );
  const features = draw(CANDIDATES * sizes[0], 2);
  const taken = await sampleLatencyMs({ warmUp: WARM_UP, samples: forwards }, () =>
    denseForward(layers, features, CANDIDATES),
  );
  const said = {
    definition: `${CANDIDATES} candidates through ${sizes.join('-')}, weights in kernel memory, one thread, no tensor library`,
    protocol: 'one call after another',
  };
  return [
    row({ ...latencyQuantile('ranker-500.forward.p50', taken, 0.5), ...said }),
    row(heldTo({ ...latencyQuantile('ranker-500.forward.p99', taken, 0.99), ...said }, 5)),
  ];
};

export default training;
