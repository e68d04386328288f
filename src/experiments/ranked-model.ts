/** A model fitted, ranked and let go: only lists, metrics and a few users' scores stay, whatever the model held. */
import type { PublishedSplit } from '../../datasets/published.ts';
import { evaluateScorer, type ScorerEvaluation } from '../evaluation/evaluate-scorer.ts';
import { fitPublished, type PublishedFit, type PublishedModelName } from './published-models.ts';

export interface RankedModel {
  readonly model: PublishedModelName;
  readonly fitSeconds: number;
  readonly evaluation: ScorerEvaluation;
  /** Scores of all items, for at most 50 tested users, the same for every model. */
  readonly sampleScores: readonly Float32Array[];
}

/** Users whose whole rankings are compared: a correlation over all items takes long, and differs little between users. */
const SAMPLE_USERS = 50;

/** Fits the model to the training part and ranks for every tested user. @throws what its fit throws */
export const rankModel = async (
  split: PublishedSplit,
  model: PublishedModelName,
  { k, ...fit }: Pick<PublishedFit, 'rng' | 'progress' | 'towerSettings'> & { readonly k: number },
): Promise<RankedModel> => {
  const startedAt = performance.now();
  const scorer = await fitPublished(model, { kind: split.kind, train: split.train, ...fit });
  const fitSeconds = (performance.now() - startedAt) / 1_000;
  const evaluation = evaluateScorer(scorer, split, { k, progress: fit.progress });
  const sampleScores = Array.from(sampleUsers(evaluation.lists.users), (user) => {
    const scores = new Float32Array(scorer.itemCount);
    scorer.scoreUsers(Uint32Array.of(user), scores);
    return scores;
  });
  return { model, fitSeconds, evaluation, sampleScores };
};

/** Tested users, evenly spread. */
const sampleUsers = (users: Uint32Array): Uint32Array => {
  const size = Math.min(SAMPLE_USERS, users.length);
  return Uint32Array.from({ length: size }, (_, i) => users[Math.floor((i * users.length) / size)]);
};
