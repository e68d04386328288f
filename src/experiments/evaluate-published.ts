import { availableParallelism } from 'node:os';
import type { PublishedSplit } from '../../datasets/published.ts';
import { MarqueeError } from '../domain/errors.ts';
import type { StageRow } from '../domain/measurement.ts';
import type { Progress } from '../domain/progress.ts';
import type { Rng } from '../domain/rng.ts';
import type { SplitKind } from '../evaluation/contract.ts';
import { sharedKernels } from '../math/kernels/kernels.ts';
import { mean } from '../math/statistics.ts';
import { comparisonRows } from './published-comparison.ts';
import { FLOOR_MODELS, type PublishedModelName, type TowerSettingsFile } from './published-models.ts';
import { modelRows } from './published-rows.ts';
import { type RankedModel, rankModel } from './ranked-model.ts';

/** The length of list that papers report for each kind. */
export const CUSTOMARY_K: Readonly<Record<SplitKind, number>> = {
  'full-ranking': 20,
  'given-negatives': 10,
  'last-item': 10,
};

export interface PublishedOptions {
  /** Default: what papers report for the split's kind. */
  readonly k?: number;
  /** Default: all cores. Figures of quality do not depend on it. */
  readonly threads?: number;
  readonly rng: Rng;
  readonly progress: Progress;
  readonly towerSettings?: TowerSettingsFile;
}

/**
 * The rows of the models named, in that order, after chance and popularity; then each against the best of the
 * others by NDCG. A model that this machine or this data cannot give says why in a row of its own.
 */
export const measureModels = async (
  split: PublishedSplit,
  models: readonly PublishedModelName[],
  { k = CUSTOMARY_K[split.kind], threads, ...fit }: PublishedOptions,
): Promise<StageRow[]> => {
  const { rng } = fit;
  sharedKernels().setThreads(threads ?? availableParallelism());
  const ranked: RankedModel[] = [];
  const rows: StageRow[] = [];
  for (const model of new Set([...FLOOR_MODELS, ...models])) {
    try {
      const outcome = await rankModel(split, model, { k, ...fit });
      ranked.push(outcome);
      const floor = ranked.filter((other) => isFloor(other.model) && other !== outcome);
      rows.push(...modelRows(split, outcome, { floor, rng }));
    } catch (thrown) {
      if (!(thrown instanceof MarqueeError) || thrown.kind === 'bug') throw thrown;
      rows.push({ stage: model, absent: thrown.message });
    }
  }
  const ndcg = ({ evaluation }: RankedModel): number => mean(evaluation.perUser.ndcg);
  const byNdcg = [...ranked].sort((a, b) => ndcg(b) - ndcg(a));
  for (const one of ranked) {
    const best = byNdcg.find((other) => other !== one);
    if (!isFloor(one.model) && best !== undefined) rows.push(...comparisonRows(split, one, best, rng));
  }
  return rows;
};

const isFloor = (model: PublishedModelName): boolean => FLOOR_MODELS.some((name) => name === model);
