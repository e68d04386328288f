import type { FactorModel } from '../../candidate-gen/baselines/factor-scorer.ts';
import type { Progress } from '../../domain/progress.ts';
import type { Rng } from '../../domain/rng.ts';
import type { EvaluationSplit } from '../../evaluation/contract.ts';
import { idTowerSettingsIn } from './settings.ts';
import { trainIdTowers } from './train.ts';
import { type TunedSetting, tuneIdTowers } from './tune.ts';

/** What is always chosen on validation data: no value of these suits all data. */
const CHOSEN: readonly TunedSetting[] = [
  'historyDropout',
  'dimension',
  'historyDegreePower',
  'historyHalfLife',
  'epochs',
];

/** Pairs times epochs times dimensions of a trial: about a minute. Larger data stay with what they start from. */
const MOST_WORK = 1e9;

/** The two towers over ids, with the settings of a file, else with what validates best on a cut of the training part. */
export const fitIdTowers = async ({
  kind,
  train,
  rng,
  progress,
  towerSettings,
}: Pick<EvaluationSplit, 'kind' | 'train'> & {
  readonly rng: Rng;
  readonly progress: Progress;
  readonly towerSettings?: { readonly file: string; readonly settings: unknown };
}): Promise<FactorModel> => {
  const settings =
    towerSettings === undefined
      ? (
          await tuneIdTowers(
            { kind, train },
            { axes: CHOSEN, rng: rng.fork('tune'), progress, mostWork: MOST_WORK },
          )
        ).settings
      : idTowerSettingsIn(towerSettings.settings, towerSettings.file);
  return trainIdTowers(train, settings, { rng: rng.fork('train'), progress });
};
