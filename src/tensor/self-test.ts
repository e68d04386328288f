import type * as TensorFlow from '@tensorflow/tfjs';

/** The part of TensorFlow.js that the self-test calls: tfjs-node offers it too. */
export type TensorModule = Pick<
  typeof TensorFlow,
  | 'tidy'
  | 'tensor2d'
  | 'matMul'
  | 'softmax'
  | 'grad'
  | 'train'
  | 'variable'
  | 'setBackend'
  | 'ready'
  | 'dispose'
  | 'ones'
>;

/** What a backend computed, and how fast it multiplies. */
export interface SelfTestResult {
  /** softmax(X W), row by row. */
  readonly forward: readonly number[];
  /** Gradient of sum((X W)^2) with respect to W: 2 X^T X W. */
  readonly gradient: readonly number[];
  /** Mean squared error before and after 60 steps of Adam on a linear problem. */
  readonly losses: readonly [number, number];
  readonly gflops: number;
}

const X = [1, 2, -1, 0.5, 3, -2];
const W = [0.5, -1, 0.25, 2];
const [ROWS, INNER, COLUMNS] = [3, 2, 2];

/** Runs a forward pass, a gradient and a training on the backend, and times a product of 256 x 256 matrices. */
export async function selfTest(tf: TensorModule, backend: string): Promise<SelfTestResult> {
  await tf.setBackend(backend);
  await tf.ready();
  const x = tf.tensor2d(X, [ROWS, INNER]);
  const w = tf.tensor2d(W, [INNER, COLUMNS]);
  const product = tf.matMul(x, w);
  const probabilities = tf.softmax(product);
  const gradient = tf.grad((v) =>
    tf
      .matMul(x, v as typeof w)
      .square()
      .sum(),
  )(w);
  const forward = Array.from(await probabilities.data());
  const slope = Array.from(await gradient.data());
  const losses = await train(tf);
  tf.dispose([x, w, product, probabilities, gradient]);
  return { forward, gradient: slope, losses, gflops: await measureGflops(tf) };
}

async function train(tf: TensorModule): Promise<[number, number]> {
  const x = tf.tensor2d(
    Array.from({ length: 32 }, (_, i) => Math.sin(i)),
    [16, 2],
  );
  const y = tf.matMul(x, tf.tensor2d([1, -2], [2, 1]));
  const w = tf.variable(tf.tensor2d([0, 0], [2, 1]));
  const optimizer = tf.train.adam(0.1);
  const loss = (): TensorFlow.Scalar => tf.matMul(x, w).sub(y).square().mean() as TensorFlow.Scalar;
  const read = async (): Promise<number> => (await tf.tidy(loss).data())[0]!;
  const before = await read();
  for (let step = 0; step < 60; step++) optimizer.minimize(loss);
  const after = await read();
  tf.dispose([x, y, w]);
  optimizer.dispose();
  return [before, after];
}

/** Multiplications and additions of a 256 x 256 x 256 product per nanosecond: the median of what fits in 0.3 s. */
async function measureGflops(tf: TensorModule): Promise<number> {
  const n = 256;
  const [a, b] = [tf.ones([n, n]), tf.ones([n, n])] as [TensorFlow.Tensor2D, TensorFlow.Tensor2D];
  const times: number[] = [];
  const until = performance.now() + 300;
  do {
    const start = performance.now();
    const c = tf.matMul(a, b);
    await c.data();
    times.push(performance.now() - start);
    c.dispose();
  } while (performance.now() < until);
  tf.dispose([a, b]);
  const median = times.toSorted((p, q) => p - q)[times.length >> 1]!;
  return (2 * n ** 3) / median / 1e6;
}

/** What is wrong with a result, in words; undefined if nothing is. Accepts any value: a child process wrote it. */
export function faultOf(result: unknown): string | undefined {
  const { forward, gradient, losses, gflops } = (result ?? {}) as Partial<SelfTestResult>;
  const product = multiply(X, W, ROWS, INNER, COLUMNS);
  const transposed = Array.from(
    { length: X.length },
    (_, i) => X[(i % ROWS) * INNER + Math.floor(i / ROWS)]!,
  );
  const expectedGradient = multiply(transposed, product, INNER, ROWS, COLUMNS).map((value) => 2 * value);
  const expectedForward = product.map((value, i) => {
    const other = product[i % 2 === 0 ? i + 1 : i - 1]!;
    return 1 / (1 + Math.exp(other - value));
  });
  if (!isClose(forward, expectedForward)) return `the forward pass gave ${forward}, not ${expectedForward}`;
  if (!isClose(gradient, expectedGradient)) return `the gradient gave ${gradient}, not ${expectedGradient}`;
  const [before, after] = losses ?? [];
  if (!(Number(after) < 0.2 * Number(before))) return `training moved the loss from ${before} to ${after}`;
  return Number(gflops) > 0 ? undefined : `the speed came out as ${gflops}`;
}

const isClose = (got: unknown, expected: readonly number[]): boolean =>
  Array.isArray(got) &&
  got.length === expected.length &&
  expected.every((value, i) => Math.abs(got[i] - value) <= 1e-4 * Math.max(1, Math.abs(value)));

function multiply(a: readonly number[], b: readonly number[], m: number, k: number, n: number): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return Array.from({ length: k }, (__, p) => a[i * k + p]! * b[p * n + j]!).reduce((x, y) => x + y, 0);
  });
}
