import * as tf from '@tensorflow/tfjs';
import type { Spread } from '../../math/kernels/elementwise.ts';
import type { BinaryOp, UnaryOp } from '../../math/kernels/native.ts';
import { allOf, input, type SimdKernel, sizeOf } from './kernel-call.ts';
import type { SimdBackend } from './storage.ts';

/** Axes that belong together: in each operand they are either all there or all repeated. */
interface Group {
  readonly size: number;
  readonly a: boolean;
  readonly b: boolean;
}

/** The shapes' common shape, and its axes joined into as few groups as there are. */
export function groupAxes(
  aShape: readonly number[],
  bShape: readonly number[],
): { shape: number[]; groups: Group[] } {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape([...aShape], [...bShape]);
  const groups: Group[] = [];
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    const sizeIn = (own: readonly number[]): number => own[axis - shape.length + own.length] ?? 1;
    const [a, b] = [sizeIn(aShape) === size, sizeIn(bShape) === size];
    const last = groups.at(-1);
    if (last !== undefined && last.a === a && last.b === b) {
      groups[groups.length - 1] = { size: last.size * size, a, b };
    } else groups.push({ size, a, b });
  }
  return { shape, groups };
}

/** Words between neighbours of each group in one operand: 0 where it is repeated. */
function stridesOf(groups: readonly Group[], operand: 'a' | 'b'): number[] {
  let stride = 1;
  return groups
    .toReversed()
    .map((group) => {
      const own = group[operand] ? stride : 0;
      if (group[operand]) stride *= group.size;
      return own;
    })
    .toReversed();
}

const spreadOf = (rows: boolean, columns: boolean): Spread =>
  rows ? (columns ? 'matrix' : 'column') : columns ? 'row' : 'scalar';

/** Calls `each` with the offsets of both operands and of the result, for every index of the groups. */
function forEachBlock(
  groups: readonly Group[],
  inner: number,
  each: (a: number, b: number, out: number) => void,
): void {
  const outer = groups.slice(0, Math.max(0, groups.length - inner));
  const [aStrides, bStrides] = [stridesOf(groups, 'a'), stridesOf(groups, 'b')];
  const block = sizeOf(groups.slice(outer.length).map((group) => group.size));
  const count = sizeOf(outer.map((group) => group.size));
  for (let index = 0; index < count; index++) {
    let [rest, a, b] = [index, 0, 0];
    for (let g = outer.length - 1; g >= 0; g--) {
      const at = rest % outer[g]!.size;
      rest = (rest - at) / outer[g]!.size;
      a += at * aStrides[g]!;
      b += at * bStrides[g]!;
    }
    each(a, b, index * block);
  }
}

/** out = a op b for float32 tensors of any two shapes that go together. */
export function binaryTensors(
  backend: SimdBackend,
  op: BinaryOp,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
): tf.TensorInfo {
  const { shape, groups } = groupAxes(a.shape, b.shape);
  const { info, span: out } = backend.allocate(shape);
  const [m, n] = [groups.at(-2)?.size ?? 1, groups.at(-1)?.size ?? 1];
  if (sizeOf(shape) === 0) return info;
  const [rows, columns] = [groups.at(-2), groups.at(-1)];
  const spreads = {
    spreadA: spreadOf(rows?.a ?? columns?.a ?? false, columns?.a ?? false),
    spreadB: spreadOf(rows?.b ?? columns?.b ?? false, columns?.b ?? false),
  };
  const [spanA, spanB] = [backend.span(a), backend.span(b)];
  if (groups.length <= 2) {
    backend.kernels.binary(op, { m, n, a: spanA, b: spanB, out, ...spreads });
    return info;
  }
  forEachBlock(groups, 2, (fromA, fromB, fromOut) => {
    const operands = { a: spanA.words(fromA), b: spanB.words(fromB), out: out.words(fromOut) };
    backend.kernels.binary(op, { m, n, ...operands, ...spreads });
  });
  return info;
}

const binaryKernel =
  (op: BinaryOp): SimdKernel =>
  (call) => {
    const [a, b] = [input(call, 'a'), input(call, 'b')];
    return allOf('float32', [a, b]) ? binaryTensors(call.backend, op, a, b) : undefined;
  };

/** The operations without a SIMD kernel: the same broadcasting as plain loops, which the CPU backend lacks. */
const plainKernel =
  (op: (a: number, b: number) => number, dtype?: 'bool'): SimdKernel =>
  (call) => {
    const [a, b] = [input(call, 'a'), input(call, 'b')];
    if (![a, b].every((tensor) => ['float32', 'int32', 'bool'].includes(tensor.dtype))) return undefined;
    const { shape, groups } = groupAxes(a.shape, b.shape);
    const { backend } = call;
    const [aValues, bValues] = [a, b].map((tensor) => backend.data.get(tensor.dataId).values as Float32Array);
    const type = dtype ?? (a.dtype as 'float32' | 'int32' | 'bool');
    const out = tf.util.getTypedArrayFromDType(type, sizeOf(shape)) as Float32Array;
    const inner = groups.at(-1);
    const [aStep, bStep] = [inner?.a ? 1 : 0, inner?.b ? 1 : 0];
    forEachBlock(groups, 1, (fromA, fromB, fromOut) => {
      const end = Math.min(out.length, fromOut + (inner?.size ?? 1));
      for (let i = fromOut, x = fromA, y = fromB; i < end; i++, x += aStep, y += bStep) {
        out[i] = op(aValues![x]!, bValues![y]!);
      }
    });
    return backend.makeTensorInfo(shape, type, out);
  };

/** out = op(x) for a float32 tensor, as a new tensor. */
export function unaryTensor(backend: SimdBackend, op: UnaryOp, x: tf.TensorInfo): tf.TensorInfo {
  const { info, span } = backend.allocate(x.shape);
  backend.kernels.unary(op, backend.span(x), span, sizeOf(x.shape));
  return info;
}

const unaryKernel =
  (op: UnaryOp): SimdKernel =>
  (call) => {
    const x = input(call, 'x');
    if (x.dtype !== 'float32' || (op === 'step' && call.attrs['alpha'] !== 0)) return undefined;
    return unaryTensor(call.backend, op, x);
  };

const bit = (condition: boolean): number => (condition ? 1 : 0);

export const elementwiseKernels: Readonly<Record<string, SimdKernel>> = {
  Add: binaryKernel('add'),
  Sub: binaryKernel('sub'),
  Multiply: binaryKernel('mul'),
  RealDiv: binaryKernel('div'),
  Maximum: binaryKernel('maximum'),
  Minimum: binaryKernel('minimum'),
  SquaredDifference: binaryKernel('squaredDifference'),
  Equal: plainKernel((a, b) => bit(a === b), 'bool'),
  NotEqual: plainKernel((a, b) => bit(a !== b), 'bool'),
  Greater: plainKernel((a, b) => bit(a > b), 'bool'),
  GreaterEqual: plainKernel((a, b) => bit(a >= b), 'bool'),
  Less: plainKernel((a, b) => bit(a < b), 'bool'),
  LessEqual: plainKernel((a, b) => bit(a <= b), 'bool'),
  LogicalAnd: plainKernel((a, b) => bit(a !== 0 && b !== 0), 'bool'),
  LogicalOr: plainKernel((a, b) => bit(a !== 0 || b !== 0), 'bool'),
  Pow: plainKernel((a, b) => a ** b),
  Abs: unaryKernel('abs'),
  Neg: unaryKernel('neg'),
  Square: unaryKernel('square'),
  Sqrt: unaryKernel('sqrt'),
  Rsqrt: unaryKernel('rsqrt'),
  Reciprocal: unaryKernel('reciprocal'),
  Exp: unaryKernel('exp'),
  Log: unaryKernel('log'),
  Sigmoid: unaryKernel('sigmoid'),
  Tanh: unaryKernel('tanh'),
  Softplus: unaryKernel('softplus'),
  Relu: unaryKernel('relu'),
  Relu6: unaryKernel('relu6'),
  Step: unaryKernel('step'),
  Floor: unaryKernel('floor'),
  Ceil: unaryKernel('ceil'),
  Round: unaryKernel('round'),
  Elu: unaryKernel('elu'),
};
