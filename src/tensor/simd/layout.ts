import * as tf from '@tensorflow/tfjs';
import { allOf, input, type KernelCall, type SimdKernel, sizeOf } from './kernel-call.ts';
import type { SimdBackend } from './storage.ts';

const isWords = (tensor: tf.TensorInfo): tensor is tf.TensorInfo & { dtype: 'float32' | 'int32' } =>
  tensor.dtype === 'float32' || tensor.dtype === 'int32';

/** Drops axes of size 1 and joins axes that stay neighbours: what is left moves. */
export function simplifyPermutation(
  shape: readonly number[],
  perm: readonly number[],
): { sizes: number[]; order: number[] } {
  const moving = perm.filter((axis) => shape[axis] !== 1);
  const groups: number[][] = [];
  for (const axis of moving) {
    const group = groups.at(-1);
    const between = shape.slice((group?.at(-1) ?? axis) + 1, axis);
    const follows = group !== undefined && axis > group.at(-1)! && between.every((n) => n === 1);
    if (follows) group.push(axis);
    else groups.push([axis]);
  }
  const inOrder = groups.toSorted((a, b) => a[0]! - b[0]!);
  return {
    sizes: inOrder.map((group) => sizeOf(group.map((axis) => shape[axis]!))),
    order: groups.map((group) => inOrder.indexOf(group)),
  };
}

function transpose(call: KernelCall): tf.TensorInfo | undefined {
  const { backend, attrs } = call;
  const x = input(call, 'x');
  if (!isWords(x)) return undefined;
  const perm = attrs['perm'] as number[];
  const { sizes, order } = simplifyPermutation(x.shape, perm);
  const last = order.length - 1;
  const keepsLast = order[last] === last;
  const swapsLast = last >= 1 && order[last] === last - 1 && order[last - 1] === last;
  const keepsRest = order.slice(0, -2).every((axis, i) => axis === i);
  if (!(order.length < 2 || keepsLast || (swapsLast && keepsRest))) return undefined;
  const { info, span: out } = backend.allocate(
    perm.map((axis) => x.shape[axis]!),
    x.dtype,
  );
  const from = backend.span(x);
  const { kernels } = backend;
  if (order.length < 2) kernels.copyRows({ x: from, rows: 1, d: sizeOf(sizes), out });
  else if (keepsLast) {
    const rows = rowsInOrder(sizes.slice(0, -1), order.slice(0, -1));
    const ids = kernels.from(rows);
    kernels.gatherRows({ table: from, rows: rows.length, d: sizes[last]!, ids, n: rows.length, out });
    ids.free();
  } else {
    const [m, n] = [sizes[last - 1]!, sizes[last]!];
    const count = sizeOf(sizes.slice(0, -2));
    for (let i = 0; i < count; i++)
      kernels.transpose({ x: from.words(i * m * n), m, n, out: out.words(i * m * n) });
  }
  return info;
}

/** Numbers of the cells of an array of those sizes, in the order in which the permuted array has them. */
function rowsInOrder(sizes: readonly number[], order: readonly number[]): Uint32Array {
  const strides = sizes.map((_, axis) => sizeOf(sizes.slice(axis + 1)));
  const rows = new Uint32Array(sizeOf(sizes));
  for (let index = 0; index < rows.length; index++) {
    let [rest, row] = [index, 0];
    for (let i = order.length - 1; i >= 0; i--) {
      const size = sizes[order[i]!]!;
      row += (rest % size) * strides[order[i]!]!;
      rest = Math.floor(rest / size);
    }
    rows[index] = row;
  }
  return rows;
}

/** The box of `x` from `begin` with `size`, as a new tensor. */
function sliceTensor(
  backend: SimdBackend,
  x: tf.TensorInfo & { dtype: 'float32' | 'int32' },
  begin: number[],
  size: number[],
): tf.TensorInfo {
  const { info, span: out } = backend.allocate(size, x.dtype);
  if (sizeOf(size) === 0) return info;
  // axes from `whole` on are taken entirely, so a run of the axis before is contiguous
  let whole = x.shape.length;
  while (whole > 0 && size[whole - 1] === x.shape[whole - 1]) whole--;
  const runAxis = Math.max(0, whole - 1);
  const rowAxis = Math.max(0, runAxis - 1);
  const inner = sizeOf(x.shape.slice(runAxis + 1));
  const d = (size[runAxis] ?? 1) * inner;
  const stride = (x.shape[runAxis] ?? 1) * inner;
  const rows = runAxis > 0 ? size[rowAxis]! : 1;
  const outerSizes = size.slice(0, rowAxis);
  const count = sizeOf(outerSizes);
  const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)));
  const from = backend.span(x);
  const start = begin.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
  for (let index = 0; index < count; index++) {
    let [rest, offset] = [index, start];
    for (let axis = outerSizes.length - 1; axis >= 0; axis--) {
      offset += (rest % outerSizes[axis]!) * strides[axis]!;
      rest = Math.floor(rest / outerSizes[axis]!);
    }
    backend.kernels.copyRows({ x: from.words(offset), rows, d, stride, out: out.words(index * rows * d) });
  }
  return info;
}

function slice(call: KernelCall): tf.TensorInfo | undefined {
  const x = input(call, 'x');
  if (!isWords(x)) return undefined;
  const { begin, size } = call.attrs as { begin: number[]; size: number[] };
  const [from, sizes] = tf.slice_util.parseSliceParams(x, begin, size);
  tf.slice_util.assertParamsValid(x, from!, sizes!);
  return sliceTensor(call.backend, x, from!, sizes!);
}

function splitV(call: KernelCall): tf.TensorInfo[] | undefined {
  const x = input(call, 'x');
  if (!isWords(x)) return undefined;
  const axis = tf.util.parseAxisParam(call.attrs['axis'] as number, x.shape)[0]!;
  const sizes = tf.backend_util.prepareSplitSize(
    x as tf.Tensor,
    call.attrs['numOrSizeSplits'] as number[],
    axis,
  );
  let at = 0;
  return sizes.map((length) => {
    const begin = x.shape.map((_, i) => (i === axis ? at : 0));
    at += length;
    return sliceTensor(
      call.backend,
      x,
      begin,
      x.shape.map((n, i) => (i === axis ? length : n)),
    );
  });
}

function concat(call: KernelCall): tf.TensorInfo | undefined {
  const { backend, attrs } = call;
  const tensors = Object.values(call.inputs) as tf.TensorInfo[];
  const dtype = tensors[0]!.dtype;
  if (!isWords(tensors[0]!) || !allOf(dtype, tensors)) return undefined;
  const shapes = tensors.map((tensor) => tensor.shape);
  const axis = tf.util.parseAxisParam(attrs['axis'] as number, shapes[0]!)[0]!;
  tf.backend_util.assertParamsConsistent(shapes, axis);
  const shape = tf.backend_util.computeOutShape(shapes, axis);
  const { info, span: out } = backend.allocate(shape, dtype as 'float32' | 'int32');
  const rows = sizeOf(shape.slice(0, axis));
  const outStride = sizeOf(shape.slice(axis));
  let at = 0;
  for (const tensor of tensors) {
    const d = sizeOf(tensor.shape.slice(axis));
    if (rows * d > 0) {
      backend.kernels.copyRows({ x: backend.span(tensor), rows, d, out: out.words(at), outStride });
    }
    at += d;
  }
  return info;
}

/** Tensors of one shape side by side on a new axis. */
function pack(call: KernelCall): tf.TensorInfo | undefined {
  const tensors = Object.values(call.inputs) as tf.TensorInfo[];
  const given = call.attrs['axis'] as number;
  const axis = given < 0 ? given + tensors[0]!.shape.length + 1 : given;
  const widened = tensors.map((tensor) => ({ ...tensor, shape: tensor.shape.toSpliced(axis, 0, 1) }));
  return concat({ ...call, inputs: Object.fromEntries(widened.entries()), attrs: { axis } });
}

/** Each part of an axis, without the axis. */
function unpack(call: KernelCall): tf.TensorInfo[] | undefined {
  const x = input(call, 'value');
  if (!isWords(x)) return undefined;
  const axis = tf.util.parseAxisParam(call.attrs['axis'] as number, x.shape)[0]!;
  const size = x.shape.with(axis, 1);
  const shape = x.shape.toSpliced(axis, 1);
  return Array.from({ length: x.shape[axis]! }, (_, at) => {
    const begin = x.shape.map((_, i) => (i === axis ? at : 0));
    return { ...sliceTensor(call.backend, x, begin, size), shape };
  });
}

/** Rows of an axis by index. Indexes out of range throw, as on the CPU backend. */
function gather(call: KernelCall): tf.TensorInfo | undefined {
  const { backend, attrs } = call;
  const [x, indices] = [input(call, 'x'), input(call, 'indices')];
  const batchDims = (attrs['batchDims'] as number | undefined) ?? 0;
  if (!isWords(x) || indices.dtype !== 'int32' || batchDims !== 0) return undefined;
  const axis = tf.util.parseAxisParam(attrs['axis'] as number, x.shape)[0]!;
  const rows = x.shape[axis]!;
  const values = backend.data.get(indices.dataId).values as Int32Array;
  for (const index of values) {
    tf.util.assert(
      index >= 0 && index < rows,
      () => `gather: an index into axis ${axis} must lie in [0, ${rows - 1}], got ${index}`,
    );
  }
  const [outer, d] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))];
  const n = sizeOf(indices.shape);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  const { info, span: out } = backend.allocate(shape, x.dtype);
  if (outer * d * n === 0) return info;
  const [table, ids] = [backend.span(x), backend.span(indices)];
  for (let i = 0; i < outer; i++) {
    backend.kernels.gatherRows({
      table: table.words(i * rows * d),
      rows,
      d,
      ids,
      n,
      out: out.words(i * n * d),
    });
  }
  return info;
}

/** out[segmentIds[i]] += x[i]; ids outside of [0, numSegments) are passed over, as on the CPU backend. */
function unsortedSegmentSum(call: KernelCall): tf.TensorInfo | undefined {
  const { backend, attrs } = call;
  const [x, segmentIds] = [input(call, 'x'), input(call, 'segmentIds')];
  if (x.dtype !== 'float32' || segmentIds.dtype !== 'int32' || segmentIds.shape.length !== 1)
    return undefined;
  const rows = attrs['numSegments'] as number;
  const d = sizeOf(x.shape.slice(1));
  const { info, span: table } = backend.allocate([rows, ...x.shape.slice(1)]);
  table.f32.fill(0);
  const n = segmentIds.shape[0]!;
  backend.kernels.scatterAddRows({
    table,
    rows,
    d,
    ids: backend.span(segmentIds),
    n,
    values: backend.span(x),
  });
  return info;
}

export const layoutKernels: Readonly<Record<string, SimdKernel>> = {
  Transpose: transpose,
  Slice: slice,
  SplitV: splitV,
  Concat: concat,
  Pack: pack,
  Unpack: unpack,
  GatherV2: gather,
  UnsortedSegmentSum: unsortedSegmentSum,
};
