import { type DenseLayer, denseForward } from '../math/dense.ts';
import { sigmoid } from '../math/statistics.ts';
import type { Ranker } from './contract.ts';
import { expectFeatures } from './expect-features.ts';
import { combineObjectives, OBJECTIVE_WEIGHTS, type ObjectiveWeights, objectiveHeads } from './objectives.ts';

/** What the network predicts, in the order of the network's outputs. */
export const HEADS = ['click', 'finish'] as const;
export type Head = (typeof HEADS)[number];

export interface MultiTaskModel {
  readonly featureNames: readonly string[];
  /** Input: raw features (their scaling is folded into the first layer). Output: a logit for each head. */
  readonly layers: readonly DenseLayer[];
}

/**
 * A network with one body and two heads, P(click | examined) and P(finish | click), from which come the objectives that
 * `weights` weigh.
 * @see Ma et al., "Entire space multi-task model", SIGIR 2018; Zhao et al., "Recommending what video to
 * watch next: a multitask ranking system", RecSys 2019
 */
export const createMultiTaskRanker = (
  model: MultiTaskModel,
  weights: ObjectiveWeights = OBJECTIVE_WEIGHTS,
): Ranker => {
  const named = { name: 'multi-task', featureNames: model.featureNames };
  return {
    ...named,
    weights,
    async score(_request, pool, features, { signal }) {
      signal.throwIfAborted();
      expectFeatures(named, pool, features);
      const n = pool.items.length;
      const logits = denseForward(model.layers, features.values, n);
      const click = new Float32Array(n);
      const finish = new Float32Array(n);
      for (let i = 0; i < n; i++) {
        click[i] = sigmoid(logits[i * HEADS.length]);
        finish[i] = sigmoid(logits[i * HEADS.length + 1]);
      }
      const heads = objectiveHeads(click, finish, features);
      return { combined: combineObjectives(heads, weights), heads };
    },
  };
};

/** The click head's logits of rows of raw features, [rows]. */
export const clickLogits = (
  { layers }: MultiTaskModel,
  { features, rows }: { readonly features: Float32Array; readonly rows: number },
): Float32Array => {
  const size = layers[0].inputSize;
  const logits = new Float32Array(rows);
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
    const to = Math.min(rows, from + ROWS_AT_ONCE);
    const out = denseForward(layers, features.subarray(from * size, to * size), to - from);
    for (let i = from; i < to; i++) logits[i] = out[(i - from) * HEADS.length + HEADS.indexOf('click')];
  }
  return logits;
};

/** Bounds the kernel memory of many rows. */
const ROWS_AT_ONCE = 4_096;
