import { validationSplit } from '../../../datasets/published-validation.ts';
import { type Progress, silentProgress } from '../../domain/progress.ts';
import type { Rng } from '../../domain/rng.ts';
import type { EvaluationSplit } from '../../evaluation/contract.ts';
import { evaluateScorer } from '../../evaluation/evaluate-scorer.ts';
import { mean } from '../../math/statistics.ts';
import { type IdTowerSettings, idTowerSettingsFor } from './settings.ts';
import { trainIdTowers } from './train.ts';

/** The space that is searched, one setting after the other: what mattered most on the data at hand comes first. */
export const TOWER_SPACE = {
  temperature: [0.1, 0.15, 0.2, 0.3],
  historyHalfLife: [0, 5, 20],
  neighbourWeight: [0, 0.5],
  audienceWeight: [0, 1],
  historyWeight: [1, 4],
  popularNegatives: [0, 0.5],
  userIdDropout: [0, 0.3],
  learningRate: [0.01, 0.02],
  loss: ['sampled-softmax', 'cosine-contrastive'],
} as const satisfies { readonly [Name in keyof IdTowerSettings]?: readonly IdTowerSettings[Name][] };

export type TunedSetting = keyof typeof TOWER_SPACE;

export interface Trial {
  readonly settings: IdTowerSettings;
  /** NDCG@k on the validation part. */
  readonly ndcg: number;
}

export interface Tuning {
  readonly settings: IdTowerSettings;
  readonly trials: readonly Trial[];
  /** Whether the time ended before the space did. */
  readonly stoppedEarly: boolean;
}

/** Lists whose NDCG decides. */
const K = 20;
/** A trial is shorter than the training that follows, and with smaller vectors: it only has to put settings in order. */
const TRIAL_SHARE = 0.25;
const TRIAL_DIMENSION = 64;

/**
 * Settings chosen on a validation part cut from the training part: of each setting named, in that order, the value
 * that validates best beside what was chosen before it. The test part is never read.
 */
export const tuneIdTowers = async (
  { kind, train }: Pick<EvaluationSplit, 'kind' | 'train'>,
  {
    axes,
    rng,
    progress = silentProgress,
    isOver = () => false,
  }: {
    readonly axes: readonly TunedSetting[];
    readonly rng: Rng;
    readonly progress?: Progress;
    /** Asked before each trial but the first: true ends the search. */
    readonly isOver?: () => boolean;
  },
): Promise<Tuning> => {
  const split = validationSplit({ kind, train }, rng.fork('validation'));
  const ordered = kind !== 'full-ranking'; // elsewhere lists have no order, and nothing is recent
  let best: Trial = { settings: idTowerSettingsFor(train), ndcg: Number.NEGATIVE_INFINITY };
  const trials: Trial[] = [];
  const attempt = async (settings: IdTowerSettings): Promise<void> => {
    const known = trials.some((trial) => JSON.stringify(trial.settings) === JSON.stringify(settings));
    if (known) return;
    const short = {
      ...settings,
      epochs: Math.max(1, Math.round(settings.epochs * TRIAL_SHARE)),
      dimension: TRIAL_DIMENSION,
    };
    const model = await trainIdTowers(split.train, short, { rng: rng.fork('trial'), progress });
    const { perUser } = evaluateScorer(model, split, { k: K, progress });
    const trial = { settings, ndcg: mean(perUser.ndcg) };
    trials.push(trial);
    if (trial.ndcg > best.ndcg) best = trial;
  };
  for (const axis of axes) {
    if (axis === 'historyHalfLife' && !ordered) continue;
    const { settings } = best;
    for (const value of TOWER_SPACE[axis]) {
      if (trials.length > 0 && isOver()) return { settings: best.settings, trials, stoppedEarly: true };
      await attempt({ ...settings, [axis]: value });
    }
    progress.note(`${axis} ${best.settings[axis]}: validation NDCG@${K} ${best.ndcg.toFixed(4)}`);
  }
  return { settings: best.settings, trials, stoppedEarly: false };
};
