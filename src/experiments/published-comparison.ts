/** Two models on the same split: paired differences over the same users, and how alike their rankings are. */
import type { PublishedSplit } from '../../datasets/published.ts';
import type { Measurement, StageRow } from '../domain/measurement.ts';
import type { Rng } from '../domain/rng.ts';
import { pairedBootstrapInterval } from '../evaluation/bootstrap.ts';
import { kendallTau, spearmanRho, topListLikeness } from '../evaluation/rank-correlation.ts';
import { SIGN_FLIP_DEFINITION, signFlipP } from '../evaluation/sign-flip.ts';
import { topListOf } from '../evaluation/top-lists.ts';
import { mean } from '../math/statistics.ts';
import { protocolOf, splitWord } from './published-rows.ts';
import type { RankedModel } from './ranked-model.ts';

/** A model against another: NDCG's difference with interval and p, and the likeness of what they rank. */
export const comparisonRows = (
  split: PublishedSplit,
  model: RankedModel,
  other: RankedModel,
  rng: Rng,
): StageRow[] => {
  const [a, b] = [model.evaluation, other.evaluation];
  const { k, users } = a.lists;
  const protocol = protocolOf(split);
  const stage = `${model.model} against ${other.model}`;
  const chance = rng.fork(stage);
  const uniformOf = (label: string): (() => number) => {
    const own = chance.fork(label);
    return () => own.next();
  };
  const row = (measure: string, rest: Omit<Measurement, 'name' | 'protocol'>): StageRow => ({
    stage,
    measurement: { name: `${splitWord(split)}.${model.model}.${measure}-${other.model}`, ...rest, protocol },
  });
  const likeness = Array.from(users, (_, i) => topListLikeness(topListOf(a.lists, i), topListOf(b.lists, i)));
  return [
    row(`ndcg@${k}-over`, {
      value: mean(a.perUser.ndcg) - mean(b.perUser.ndcg),
      unit: 'share',
      n: users.length,
      ci: pairedBootstrapInterval(a.perUser.ndcg, b.perUser.ndcg, { uniform: uniformOf('bootstrap') }),
      definition: `difference of NDCG@${k}; 95 % bootstrap interval over users, who are drawn for both models together`,
    }),
    row(`ndcg@${k}-p-against`, {
      value: signFlipP(a.perUser.ndcg, b.perUser.ndcg, { uniform: uniformOf('signs') }),
      unit: 'share',
      n: users.length,
      definition: SIGN_FLIP_DEFINITION,
    }),
    ...meanRow(likeness, (value, n) =>
      row(`likeness@${k}-to`, {
        value,
        unit: 'share',
        n,
        definition: `1 less the Kendall distance of the two lists of ${k} over that of lists without a common item (Fagin et al. 2003, p = 1/2); mean over users`,
      }),
    ),
    ...(
      [
        ['kendall-tau-to', "Kendall's tau-b", kendallTau],
        ['spearman-rho-to', "Spearman's rho", spearmanRho],
      ] as const
    ).flatMap(([measure, words, correlation]) =>
      meanRow(
        model.sampleScores.map((scores, i) => correlation(scores, other.sampleScores[i])),
        (value, n) =>
          row(measure, {
            value,
            unit: 'score',
            n,
            definition: `${words} of the two models' scores over all items, mean of ${n} users evenly spread`,
          }),
      ),
    ),
  ];
};

/** The row of the values' mean, those that are not numbers left out; none where none is. */
const meanRow = (values: readonly number[], row: (value: number, n: number) => StageRow): StageRow[] => {
  const told = values.filter((value) => !Number.isNaN(value));
  return told.length === 0 ? [] : [row(mean(told), told.length)];
};
