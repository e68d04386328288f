import * as tf from '@tensorflow/tfjs';
import type { Kernels } from '../math/kernels/kernels.ts';
import type { Block, Span } from '../math/kernels/memory.ts';
import { activeSimdBackend } from './simd/register.ts';
import type { SimdBackend } from './simd/storage.ts';

export interface InBatchSoftmaxOptions {
  /** [B] log sampling probability of each item, subtracted from its column. */
  readonly logQ?: Float32Array;
  /** [B] item ids: another row's item with the same id as the row's own is no negative, and is left out. */
  readonly ids?: Int32Array | Uint32Array;
  /** Divides the products; default 1. */
  readonly temperature?: number;
}

/**
 * Mean in-batch softmax loss of B queries against the batch's B items, a scalar.
 *   z_ij = q_i . v_j / temperature - logQ_j,   loss = mean_i log(sum_j e^z_ij) - z_ii
 * summed over the j that are i itself or have another id (accidental hits are left out).
 * On the simd backend it is one operation with its own gradient, which is computed together with the loss: the
 * matrix [B, B] is never held as a whole. On other backends it is composed of TensorFlow.js operations.
 * @throws RangeError on shapes that do not go together or a temperature that is not > 0
 * @see Yi et al., "Sampling-bias-corrected neural modeling for large corpus item recommendations", RecSys 2019
 */
export function inBatchSoftmax(
  query: tf.Tensor2D,
  item: tf.Tensor2D,
  options: InBatchSoftmaxOptions = {},
): tf.Scalar {
  const [batch, d] = query.shape;
  const { logQ, ids, temperature = 1 } = options;
  if (batch === 0 || item.shape[0] !== batch || item.shape[1] !== d) {
    throw new RangeError(
      `inBatchSoftmax: query and item must be [B, d] alike with B > 0, got [${query.shape}] and [${item.shape}]`,
    );
  }
  for (const [name, values] of Object.entries({ logQ, ids })) {
    if (values !== undefined && values.length !== batch) {
      throw new RangeError(`inBatchSoftmax: ${name} must have ${batch} values, got ${values.length}`);
    }
  }
  if (!(temperature > 0)) throw new RangeError(`inBatchSoftmax: temperature must be > 0, got ${temperature}`);
  const simd = activeSimdBackend();
  return simd === undefined ? composed(query, item, options) : fused(simd, query, item, options);
}

function composed(
  query: tf.Tensor2D,
  item: tf.Tensor2D,
  { logQ, ids, temperature = 1 }: InBatchSoftmaxOptions,
): tf.Scalar {
  return tf.tidy(() => {
    const batch = query.shape[0];
    let z: tf.Tensor = tf.div(tf.matMul(query, item, false, true), temperature); // [B, B]
    if (logQ !== undefined) z = tf.sub(z, tf.tensor1d(logQ));
    const own = tf.sum(tf.mul(z, tf.eye(batch)), 1); // [B]
    if (ids !== undefined) z = tf.where(accidentalHits(ids), tf.fill([batch, batch], -Infinity), z);
    const top = tf.max(z.clone(), 1, true); // [B, 1], at least the row's own z, so finite
    const shift = tf.customGrad((x) => ({
      value: x as tf.Tensor,
      gradFunc: (dy) => tf.zerosLike(dy as tf.Tensor),
    }))(top);
    const logSum = tf.add(tf.log(tf.sum(tf.exp(tf.sub(z, shift)), 1)), tf.squeeze(shift, [1]));
    return tf.mean(tf.sub(logSum, own)) as tf.Scalar;
  });
}

/** [B, B] true where column j is another row's item with row i's id. */
function accidentalHits(ids: Int32Array | Uint32Array): tf.Tensor2D {
  const batch = ids.length;
  const hits = new Uint8Array(batch * batch);
  for (let i = 0; i < batch; i++) {
    for (let j = 0; j < batch; j++) hits[i * batch + j] = i !== j && ids[i] === ids[j] ? 1 : 0;
  }
  return tf.tensor2d(hits, [batch, batch], 'bool');
}

/** Rows whose part of the matrix [B, B] is computed at once: what fits in a core's second cache. */
const CHUNK_WORDS = 1 << 18;

function fused(
  simd: SimdBackend,
  query: tf.Tensor2D,
  item: tf.Tensor2D,
  options: InBatchSoftmaxOptions,
): tf.Scalar {
  const operation = tf.customGrad((...inputs) => {
    const [q, v, save] = inputs as unknown as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    const { kernels } = simd;
    const gradients = [simd.allocate(q.shape), simd.allocate(v.shape)] as const;
    const spans = {
      query: simd.span(q),
      item: simd.span(v),
      queryGrad: gradients[0].span,
      itemGrad: gradients[1].span,
    };
    const loss = inBatchSoftmaxKernel(kernels, { ...spans, batch: q.shape[0], d: q.shape[1], ...options });
    save(gradients.map(({ info }) => tf.engine().makeTensorFromTensorInfo(info, simd)));
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
      saved.map((grad) => tf.mul(grad, dy));
    return {
      value: tf.scalar(loss),
      gradFunc: gradFunc as (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => tf.Tensor[],
    };
  });
  return operation(query, item) as tf.Scalar;
}

export interface InBatchSoftmaxSpans extends InBatchSoftmaxOptions {
  readonly batch: number;
  readonly d: number;
  /** [B, d] */
  readonly query: Span;
  readonly item: Span;
  /** [B, d] gradients of the mean loss, written. */
  readonly queryGrad: Span;
  readonly itemGrad: Span;
}

/** The same on kernel memory, without a tensor library: returns the loss and writes both gradients. */
export function inBatchSoftmaxKernel(kernels: Kernels, spans: InBatchSoftmaxSpans): number {
  const { batch, d, query, item, queryGrad, itemGrad, logQ, ids, temperature = 1 } = spans;
  const rows = Math.min(batch, Math.max(6, Math.floor(CHUNK_WORDS / batch / 6) * 6));
  const blocks: Block[] = [];
  const keep = (block: Block): Block => {
    blocks.push(block);
    return block;
  };
  try {
    const logits = keep(kernels.alloc(rows * batch));
    const losses = keep(kernels.alloc(batch));
    const targets = keep(kernels.alloc(batch));
    const own = targets.i32;
    for (let i = 0; i < batch; i++) own[i] = i;
    const idBlock = ids === undefined ? undefined : keep(kernels.from(ids));
    const bias = logQ === undefined ? undefined : keep(kernels.from(logQ));
    for (let from = 0; from < batch; from += rows) {
      const m = Math.min(rows, batch - from);
      const queryRows = query.words(from * d, (from + m) * d);
      kernels.gemm({ m, n: batch, k: d, a: queryRows, b: item, c: logits, transposeB: true });
      kernels.softmaxCrossEntropy({
        ...{ logits, m, n: batch, targets: targets.words(from), loss: losses.words(from) },
        ...{ scale: 1 / temperature, gradScale: 1 / batch },
        ...(bias === undefined ? {} : { bias }),
        ...(idBlock === undefined ? {} : { hits: { rowIds: idBlock.words(from), columnIds: idBlock } }),
      });
      kernels.gemm({ m, n: d, k: batch, a: logits, b: item, c: queryGrad.words(from * d) });
      const product = { m: batch, n: d, k: m, a: logits, b: queryRows, c: itemGrad };
      kernels.gemm({ ...product, transposeA: true, accumulate: from > 0 });
    }
    let sum = 0;
    for (const loss of losses.f32) sum += loss;
    return sum / batch;
  } finally {
    for (const block of blocks) block.free();
  }
}
