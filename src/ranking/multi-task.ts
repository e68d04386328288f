import { type DenseLayer, denseForward } from '../math/dense.ts';
import { sigmoid } from '../math/statistics.ts';
import type { Ranker } from './contract.ts';
import { expectFeatures } from './expect-features.ts';

/** What the ranker predicts, in the order of the network's outputs. */
export const HEADS = ['click', 'finish'] as const;
export type Head = (typeof HEADS)[number];

export interface MultiTaskModel {
  readonly featureNames: readonly string[];
  /** Input: raw features (their scaling is folded into the first layer). Output: a logit for each head. */
  readonly layers: readonly DenseLayer[];
}

/**
 * How objectives become one order: the expected reward of showing a title,
 *   P(click | examined) * (click + finish * P(finish | click))
 */
export interface ObjectiveWeights {
  readonly click: number;
  readonly finish: number;
}

/** A click that ends early is worth little beside one that is watched to the end. */
export const OBJECTIVE_WEIGHTS: ObjectiveWeights = { click: 0.1, finish: 1 };

/**
 * A network with one body and a head for each objective: P(click | examined) and P(finish | click).
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
    async score(_request, pool, features, { signal }) {
      signal.throwIfAborted();
      expectFeatures(named, pool, features);
      const n = pool.items.length;
      const logits = denseForward(model.layers, features.values, n);
      const click = new Float32Array(n);
      const finish = new Float32Array(n);
      const combined = new Float32Array(n);
      for (let i = 0; i < n; i++) {
        click[i] = sigmoid(logits[i * HEADS.length]);
        finish[i] = sigmoid(logits[i * HEADS.length + 1]);
        combined[i] = click[i] * (weights.click + weights.finish * finish[i]);
      }
      return { combined, heads: { click, finish } };
    },
  };
};
