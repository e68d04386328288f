/** The readable twins of the table kernels: gather, scatter, embedding bags and Adam. */
import type { AdamRates } from './adam.ts';

/** out[i] = table[ids[i]], zeros where an id lies outside of the table. */
export function referenceGather(
  table: Float32Array,
  rows: number,
  d: number,
  ids: ArrayLike<number>,
): Float32Array {
  const out = new Float32Array(ids.length * d);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id < rows) out.set(table.subarray(id * d, (id + 1) * d), i * d);
  }
  return out;
}

/** A copy of the table with values[i] added to row ids[i]. */
export function referenceScatterAdd(
  { table, rows, d }: { readonly table: Float32Array; readonly rows: number; readonly d: number },
  ids: ArrayLike<number>,
  values: Float32Array,
): Float32Array {
  const out = table.slice();
  for (let i = 0; i < ids.length; i++) {
    if (ids[i]! >= rows) continue;
    for (let k = 0; k < d; k++) out[ids[i]! * d + k]! += values[i * d + k]!;
  }
  return out;
}

export interface ReferenceBags {
  readonly d: number;
  readonly ids: ArrayLike<number>;
  readonly offsets: ArrayLike<number>;
  readonly weights?: Float32Array;
  readonly mean: boolean;
}

/** The factor of the l-th id within its bag [from, to), a float32: a share of the least weight there is may be 0. */
const weightOf = ({ weights, mean }: ReferenceBags, l: number, from: number, to: number): number =>
  Math.fround((weights?.[l] ?? 1) / (mean ? to - from : 1));

/** out[b] = sum or mean of weights[l] * table[ids[l]] over the bag. */
export function referenceEmbeddingBag(table: Float32Array, bags: ReferenceBags): Float32Array {
  const { d, ids, offsets } = bags;
  const out = new Float32Array((offsets.length - 1) * d);
  for (let b = 0; b + 1 < offsets.length; b++) {
    for (let l = offsets[b]!; l < offsets[b + 1]!; l++) {
      const weight = weightOf(bags, l, offsets[b]!, offsets[b + 1]!);
      for (let k = 0; k < d; k++) out[b * d + k]! += weight * table[ids[l]! * d + k]!;
    }
  }
  return out;
}

/** The gradient rows by id, in order of first use. */
export function referenceEmbeddingBagBackward(
  gradOut: Float32Array,
  bags: ReferenceBags,
): Map<number, Float32Array> {
  const { d, ids, offsets } = bags;
  const grads = new Map<number, Float32Array>();
  for (let b = 0; b + 1 < offsets.length; b++) {
    for (let l = offsets[b]!; l < offsets[b + 1]!; l++) {
      const row = grads.get(ids[l]!) ?? new Float32Array(d);
      const weight = weightOf(bags, l, offsets[b]!, offsets[b + 1]!);
      for (let k = 0; k < d; k++) row[k]! += weight * gradOut[b * d + k]!;
      grads.set(ids[l]!, row);
    }
  }
  return grads;
}

export interface AdamState {
  readonly params: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

/** One Adam step over every element, in place. */
export function referenceAdam(
  { params, firstMoment, secondMoment }: AdamState,
  grads: Float32Array,
  rates: AdamRates,
): void {
  const { learningRate, step, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = rates;
  for (let i = 0; i < grads.length; i++) {
    const g = grads[i]!;
    const m = beta1 * firstMoment[i]! + (1 - beta1) * g;
    const v = beta2 * secondMoment[i]! + (1 - beta2) * g * g;
    firstMoment[i] = m;
    secondMoment[i] = v;
    params[i]! -= (learningRate * (m / (1 - beta1 ** step))) / (Math.sqrt(v / (1 - beta2 ** step)) + epsilon);
  }
}
