/** Every kernel is held to the CPU backend in the same way, over the same drawn shapes. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { registerSimdBackend, SIMD_KERNELS } from '../../src/tensor/simd/register.ts';
import { type Drawn, disagreement, on, valueAndGrads, valuesOf } from './backends.ts';

const kernels = registerSimdBackend();
const dimension = fc.oneof(fc.constantFrom(1, 2, 3, 4, 5, 8), fc.integer({ min: 1, max: 9 }));
const shapeOf = (minRank: number, maxRank: number) =>
  fc.array(dimension, { minLength: minRank, maxLength: maxRank });

/** Values of a shape, in [low, high]. */
const drawn = (shape: readonly number[], low = -3, high = 3): fc.Arbitrary<Drawn> =>
  fc
    .array(fc.double({ min: low, max: high, noNaN: true }), {
      ...{ minLength: size(shape), maxLength: size(shape), size: 'max' },
    })
    .map((values) => ({ shape, values: Float32Array.from(values) }));

const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Both backends must agree on the values and the gradients. */
function agree(f: (...x: tf.Tensor[]) => tf.Tensor, inputs: readonly Drawn[], tolerance?: number): void {
  const expected = on('cpu', () => valueAndGrads(f, inputs));
  const got = on('simd', () => valueAndGrads(f, inputs));
  expect(disagreement(got, expected, tolerance)).toBeUndefined();
}

function agreeOnValues(f: (...x: tf.Tensor[]) => tf.Tensor | tf.Tensor[], inputs: readonly Drawn[]): void {
  const expected = on('cpu', () => valuesOf(f, inputs));
  expect(
    disagreement(
      on('simd', () => valuesOf(f, inputs)),
      expected,
    ),
  ).toBeUndefined();
}

const runs = { numRuns: 60 };

/** Two shapes that broadcast: axes of the common shape become 1 or fall away at random. */
const broadcastPair = shapeOf(0, 4).chain((shape) =>
  fc
    .tuple(
      fc.array(fc.constantFrom('keep', 'a', 'b'), { minLength: shape.length, maxLength: shape.length }),
      fc.nat(shape.length),
    )
    .chain(([ones, cut]) => {
      const a = shape.map((n, i) => (ones[i] === 'a' ? 1 : n));
      const b = shape.map((n, i) => (ones[i] === 'b' ? 1 : n)).slice(cut);
      return fc.tuple(drawn(a), drawn(b));
    }),
);

describe('simd backend against the CPU backend', () => {
  const binary = { add: tf.add, sub: tf.sub, mul: tf.mul };
  // their gradients in TensorFlow.js do not know broadcasting
  const valuesAlone = { maximum: tf.maximum, minimum: tf.minimum, squaredDifference: tf.squaredDifference };
  it.each(Object.entries(binary))('%s with broadcasting', (_, op) => {
    fc.assert(
      fc.property(broadcastPair, ([a, b]) => agree(op as (...x: tf.Tensor[]) => tf.Tensor, [a, b])),
      runs,
    );
  });
  it.each(Object.entries(valuesAlone))('%s with broadcasting', (_, op) => {
    const f = op as (...x: tf.Tensor[]) => tf.Tensor;
    fc.assert(
      fc.property(broadcastPair, ([a, b]) => agreeOnValues(f, [a, b])),
      runs,
    );
    const equal = shapeOf(0, 3).chain((shape) => fc.tuple(drawn(shape), drawn(shape)));
    fc.assert(
      fc.property(equal, ([a, b]) => agree(f, [a, b])),
      runs,
    );
  });

  it('division with broadcasting', () => {
    const away = broadcastPair.map(
      ([a, b]) => [a, { ...b, values: b.values.map((v) => (v < 0 ? v - 1 : v + 1)) }] as const,
    );
    fc.assert(
      fc.property(away, ([a, b]) => agree(tf.div as (...x: tf.Tensor[]) => tf.Tensor, [a, b])),
      runs,
    );
  });

  const comparisons = {
    ...{ equal: tf.equal, notEqual: tf.notEqual, greater: tf.greater, less: tf.less },
    ...{ greaterEqual: tf.greaterEqual, lessEqual: tf.lessEqual, pow: tf.pow },
    and: (a: tf.Tensor, b: tf.Tensor) => tf.logicalAnd(tf.greater(a, 0), tf.greater(b, 0)),
    or: (a: tf.Tensor, b: tf.Tensor) => tf.logicalOr(tf.greater(a, 0), tf.greater(b, 0)),
  };
  it.each(Object.entries(comparisons))('%s with broadcasting', (_, op) => {
    const coarse = broadcastPair.map((pair) => pair.map((d) => ({ ...d, values: d.values.map(Math.round) })));
    fc.assert(
      fc.property(coarse, ([a, b]) => agreeOnValues(op as (...x: tf.Tensor[]) => tf.Tensor, [a!, b!])),
      runs,
    );
  });

  const unary: Record<string, [(x: tf.Tensor) => tf.Tensor, number, number]> = {
    ...{ abs: [tf.abs, -3, 3], neg: [tf.neg, -3, 3], square: [tf.square, -3, 3], sqrt: [tf.sqrt, 0.1, 3] },
    ...{
      rsqrt: [tf.rsqrt, 0.1, 3],
      reciprocal: [tf.reciprocal, 0.2, 3],
      exp: [tf.exp, -5, 5],
      log: [tf.log, 0.1, 9],
    },
    ...{
      sigmoid: [tf.sigmoid, -9, 9],
      tanh: [tf.tanh, -5, 5],
      softplus: [tf.softplus, -9, 9],
      relu: [tf.relu, -3, 3],
    },
    ...{ relu6: [tf.relu6, -9, 9], step: [tf.step, -3, 3], sign: [tf.sign, -3, 3], floor: [tf.floor, -3, 3] },
    ...{ ceil: [tf.ceil, -3, 3], round: [tf.round, -3, 3], elu: [tf.elu, -3, 3], selu: [tf.selu, -3, 3] },
    ...{ leakyRelu: [tf.leakyRelu, -3, 3], clip: [(x) => tf.clipByValue(x, -1, 1), -3, 3] },
  };
  it.each(Object.entries(unary))('%s', (_, [op, low, high]) => {
    fc.assert(
      fc.property(
        shapeOf(0, 4).chain((shape) => drawn(shape, low, high)),
        (x) => agree(op as (...x: tf.Tensor[]) => tf.Tensor, [x]),
      ),
      runs,
    );
  });

  const matmulCase = fc
    .record({
      ...{ m: dimension, k: dimension, n: dimension, batch: dimension, stackA: fc.boolean() },
      stackB: fc.boolean(),
      ta: fc.boolean(),
      tb: fc.boolean(),
    })
    .chain(({ m, k, n, batch, stackA, stackB, ta, tb }) =>
      fc.record({
        ...{ ta: fc.constant(ta), tb: fc.constant(tb) },
        a: drawn([...(stackA ? [batch] : []), ...(ta ? [k, m] : [m, k])]),
        b: drawn([...(stackB ? [batch] : []), ...(tb ? [n, k] : [k, n])]),
        bias: fc.oneof(drawn([n]), drawn([1, n]), drawn([m, n]), drawn([])),
        activation: fc.constantFrom('linear', 'relu', 'relu6', 'elu', 'sigmoid'),
      }),
    );
  it('matrix products of matrices and stacks, any transpose', () => {
    fc.assert(
      fc.property(matmulCase, ({ a, b, ta, tb }) => {
        const product = (x?: tf.Tensor, y?: tf.Tensor) => tf.matMul(x!, y!, ta, tb);
        // nor does that of the product know one matrix for a whole stack
        if (a.shape.length === b.shape.length) agree(product, [a, b], 1e-4);
        else agreeOnValues(product, [a, b]);
      }),
      runs,
    );
  });
  it('fused products with bias and activation', () => {
    fc.assert(
      fc.property(matmulCase, ({ a, b, ta, tb, bias, activation }) => {
        const fused = (x: tf.Tensor, y: tf.Tensor, z: tf.Tensor) =>
          tf.fused.matMul({
            a: x,
            b: y,
            transposeA: ta,
            transposeB: tb,
            bias: z,
            activation: activation as 'relu',
          });
        agreeOnValues(fused as (...x: tf.Tensor[]) => tf.Tensor, [a, b, bias]);
      }),
      runs,
    );
  });

  const reduction = shapeOf(1, 4).chain((shape) =>
    fc.record({ x: drawn(shape), axes: fc.subarray([...shape.keys()]), keepDims: fc.boolean() }),
  );
  it.each(Object.entries({ sum: tf.sum, mean: tf.mean, max: tf.max }))('%s over any axes', (_, op) => {
    const reduce = op as (x: tf.Tensor, axis?: number[], keepDims?: boolean) => tf.Tensor;
    fc.assert(
      fc.property(reduction, ({ x, axes, keepDims }) =>
        agree((y) => reduce(y!, axes.length > 0 ? axes : undefined, keepDims), [x]),
      ),
      runs,
    );
  });
  it('softmax and log-softmax', () => {
    fc.assert(
      fc.property(
        shapeOf(1, 3).chain((shape) => drawn(shape)),
        (x) => agree((y) => tf.softmax(y!), [x]),
      ),
      runs,
    );
    fc.assert(
      fc.property(
        shapeOf(1, 3).chain((shape) => drawn(shape)),
        (x) => agree((y) => tf.logSoftmax(y!), [x]),
      ),
      runs,
    );
    const x: Drawn = { shape: [3, 7], values: Float32Array.from({ length: 21 }, (_, i) => Math.sin(i)) };
    const composed = on('cpu', () => valueAndGrads((y) => tf.logSoftmax(y), [x]));
    const runKernel = (y: tf.Tensor) =>
      tf.engine().runKernel('LogSoftmax', { logits: y }, { axis: -1 }) as tf.Tensor;
    expect(
      disagreement(
        on('simd', () => valueAndGrads(runKernel, [x])),
        composed,
      ),
    ).toBeUndefined();
  });

  it('transpose by any permutation', () => {
    const permutation = shapeOf(1, 5).chain((shape) =>
      fc.record({
        x: drawn(shape),
        perm: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
      }),
    );
    fc.assert(
      fc.property(permutation, ({ x, perm }) => agree((y) => tf.transpose(y!, perm), [x])),
      { numRuns: 200 },
    );
  });
  it('slices and splits of any box', () => {
    const box = shapeOf(1, 4).chain((shape) =>
      fc.record({
        x: drawn(shape),
        corners: fc.tuple(...shape.map((n) => fc.tuple(fc.nat(n - 1), fc.nat(n - 1)))),
      }),
    );
    fc.assert(
      fc.property(box, ({ x, corners }) => {
        const begin = corners.map(([p, q]) => Math.min(p, q));
        const length = corners.map(([p, q], axis) =>
          p === q ? x.shape[axis]! - begin[axis]! : Math.abs(p - q),
        );
        agree((y) => tf.slice(y!, begin, length), [x]);
        const last = x.shape.length - 1;
        agreeOnValues((y) => tf.split(y!, [begin[last]!, x.shape[last]! - begin[last]!], last), [x]);
      }),
      { numRuns: 200 },
    );
  });
  it('stacks on any new axis, and unstacks of any axis', () => {
    const parts = shapeOf(1, 3).chain((shape) =>
      fc.record({
        axis: fc.integer({ min: -1, max: shape.length - 1 }),
        parts: fc.array(drawn(shape), { minLength: 1, maxLength: 4 }),
      }),
    );
    fc.assert(
      fc.property(parts, ({ axis, parts: x }) => {
        agree((...y) => tf.stack(y, axis), x);
        agreeOnValues((y) => tf.unstack(y!, axis), x.slice(0, 1));
        agree((...y) => tf.stack(y, x[0]!.shape.length), x);
      }),
      runs,
    );
  });
  it('concatenation along any axis', () => {
    const parts = shapeOf(1, 4).chain((shape) =>
      fc.nat(shape.length - 1).chain((axis) =>
        fc.record({
          axis: fc.constant(axis),
          parts: fc
            .array(dimension, { minLength: 1, maxLength: 4 })
            .chain((sizes) =>
              fc.tuple(...sizes.map((n) => drawn(shape.map((m, i) => (i === axis ? n : m))))),
            ),
        }),
      ),
    );
    fc.assert(
      fc.property(parts, (c) => agree((...x) => tf.concat(x, c.axis), c.parts as Drawn[])),
      runs,
    );
  });
  it('gather along any axis, and segment sums', () => {
    const gathered = shapeOf(1, 3).chain((shape) =>
      fc.nat(shape.length - 1).chain((axis) =>
        fc.record({
          ...{ x: drawn(shape), axis: fc.constant(axis) },
          indices: fc.array(fc.nat(shape[axis]! - 1), { minLength: 1, maxLength: 6 }),
        }),
      ),
    );
    fc.assert(
      fc.property(gathered, ({ x, axis, indices }) =>
        agree((y) => tf.gather(y!, tf.tensor1d(indices, 'int32'), axis), [x]),
      ),
      runs,
    );
    const segments = shapeOf(1, 3).chain((shape) =>
      fc.record({
        x: drawn(shape),
        ids: fc.array(fc.integer({ min: -1, max: 5 }), { minLength: shape[0]!, maxLength: shape[0]! }),
      }),
    );
    fc.assert(
      fc.property(segments, ({ x, ids }) =>
        agreeOnValues((y) => tf.unsortedSegmentSum(y!, tf.tensor1d(ids, 'int32'), 5), [x]),
      ),
      runs,
    );
    expect(() => on('simd', () => tf.gather(tf.zeros([3, 2]), tf.tensor1d([3], 'int32')))).toThrow(
      /\[0, 2\], got 3/,
    );
  });

  it('NaN, infinities and integers', () => {
    const odd: Drawn = { shape: [2, 3], values: Float32Array.of(Number.NaN, Infinity, -Infinity, 0, -0, 1) };
    const step = (x: tf.Tensor) => tf.step(x);
    for (const op of [tf.relu, tf.exp, tf.abs, tf.sign, step, tf.sum, tf.max, tf.sqrt, tf.tanh]) {
      agreeOnValues(op as (...x: tf.Tensor[]) => tf.Tensor, [odd]);
    }
    agreeOnValues(
      (x) => tf.add(tf.cast(tf.ceil(x!), 'int32'), tf.scalar(2, 'int32')),
      [{ ...odd, values: new Float32Array(6) }],
    );
    agreeOnValues(
      (x) => tf.concat([tf.cast(x!, 'bool'), tf.cast(x!, 'bool')]),
      [{ ...odd, values: new Float32Array(6) }],
    );
  });

  it('has a kernel for every one that the CPU backend has', () => {
    const names = (backend: string) => tf.getKernelsForBackend(backend).map((kernel) => kernel.kernelName);
    expect(names('simd')).toEqual(expect.arrayContaining(names('cpu')));
    expect(Object.keys(SIMD_KERNELS).length).toBeGreaterThan(40);
  });

  afterAll(() => kernels.close());
});
