import type { FeatureMatrix } from '../domain/request.ts';
import { FINISHED_FRACTION } from '../domain/tables.ts';

/** What a ranking can be for, in the order in which the objectives are told. */
export const OBJECTIVES = ['click', 'finish', 'satisfaction', 'freshness', 'diversity'] as const;
export type Objective = (typeof OBJECTIVES)[number];

/** What a take is worth: so much for itself (`click`), and so much for each of the others in full. */
export type ObjectiveWeights = Readonly<Record<Objective, number>>;

/** A click that ends early is worth little beside one that is watched to the end. */
export const OBJECTIVE_WEIGHTS: ObjectiveWeights = {
  click: 0.1,
  finish: 1,
  satisfaction: 0,
  freshness: 0,
  diversity: 0,
};

/** Each objective of each candidate, 0 to 1: P(click | examined), and the others given the click. */
export type ObjectiveHeads = Readonly<Record<Objective, Float32Array>>; // each [n]

/**
 * The objectives of each candidate from the two that are learned and the features:
 *   satisfaction = expected watched fraction of a take, FINISHED_FRACTION / 2 + finish / 2, which takes a play that was
 *     not finished, and one that was, to end midway between the ends of its range; no log holds satisfaction itself
 *   freshness = the feature of that name
 *   diversity = 1 - mean similarity to the member's latest plays
 * 0 where the features do not hold it.
 */
export const objectiveHeads = (
  click: Float32Array,
  finish: Float32Array,
  { names, values }: FeatureMatrix,
): ObjectiveHeads => {
  const column = (name: string, of: (value: number) => number): Float32Array => {
    const at = names.indexOf(name);
    if (at < 0) return new Float32Array(click.length);
    return click.map((_, i) => Math.min(1, Math.max(0, of(values[i * names.length + at]))));
  };
  return {
    click,
    finish,
    satisfaction: finish.map((f) => (FINISHED_FRACTION + f) / 2),
    freshness: column('freshness', (value) => value),
    diversity: column('history-mean-similarity', (value) => 1 - value),
  };
};

/**
 * The expected worth of showing each candidate, [n]:
 *   P(click | examined) * (w_click + w_finish finish + w_satisfaction satisfaction + w_freshness freshness + ...)
 * so that nothing counts that nobody takes.
 * @see Zhao et al., "Recommending what video to watch next: a multitask ranking system", RecSys 2019 (weighted sum)
 */
export const combineObjectives = (heads: ObjectiveHeads, weights: ObjectiveWeights): Float32Array =>
  heads.click.map((click, i) => {
    let worth = weights.click;
    for (const objective of OBJECTIVES)
      if (objective !== 'click') worth += weights[objective] * heads[objective][i];
    return click * worth;
  });
