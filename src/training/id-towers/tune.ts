import { validationSplit } from '../../../datasets/published-validation.ts';
import { interactionsOf, itemsOf } from '../../domain/interactions.ts';
import { type Progress, silentProgress } from '../../domain/progress.ts';
import type { Rng } from '../../domain/rng.ts';
import type { EvaluationSplit } from '../../evaluation/contract.ts';
import { evaluateScorer } from '../../evaluation/evaluate-scorer.ts';
import { shuffleInPlace } from '../../math/random.ts';
import type { SingularVectors } from '../../math/sparse-svd.ts';
import { mean } from '../../math/statistics.ts';
import { type IdTowerSettings, idTowerSettingsFor } from './settings.ts';
import { mostRank, spectrumOf } from './spectrum.ts';
import { trainIdTowers } from './train.ts';

/**
 * The space that is searched, one setting after the other. First what a start is made of, which is judged before any
 * training; then how long to train; then how.
 */
export const TOWER_SPACE = {
  historyDropout: [0.6, 0.8, 0.9, 0.4],
  dimension: [1024, 2048, 1536, 512, 256, 128, 64],
  historyDegreePower: [0.2, 0.1, 0.3],
  historyHalfLife: [0, 2, 5, 20],
  itemDegreePower: [0.3, 0.2, 0.4],
  userDegreePower: [0.3, 0.1, 0.5],
  epochs: [0, 5, 20],
  learningRate: [0.03, 0.01, 0.1],
  historyShown: [0.5, 0.8],
  temperature: [0.6, 0.3, 1],
  userIdWeight: [0, 1],
  userIdDropout: [0, 0.5],
  popularNegatives: [0, 0.5],
  hardNegatives: [1, 0.1],
  loss: ['sampled-softmax', 'cosine-contrastive'],
} as const satisfies { readonly [Name in keyof IdTowerSettings]?: readonly IdTowerSettings[Name][] };

export type TunedSetting = keyof typeof TOWER_SPACE;

export interface Trial {
  readonly settings: IdTowerSettings;
  /** Mean NDCG@k on the validation parts. */
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
/** Users who decide, at most: two settings differ by less between users than users do. */
const MOST_USERS = 8_000;
/** Small data are cut more than once, at most so often, to have as many. */
const MOST_CUTS = 6;

/**
 * Settings chosen on validation parts cut from the training part: of each setting named, in that order, the value
 * that validates best beside what was chosen before it. The test part is never read.
 */
export const tuneIdTowers = async (
  { kind, train }: Pick<EvaluationSplit, 'kind' | 'train'>,
  {
    axes,
    rng,
    progress = silentProgress,
    isOver = () => false,
    mostWork = Number.POSITIVE_INFINITY,
  }: {
    readonly axes: readonly TunedSetting[];
    readonly rng: Rng;
    readonly progress?: Progress;
    /** Asked before each trial but the first: true ends the search. */
    readonly isOver?: () => boolean;
    /** Settings are left out that would train for more pairs times epochs times dimensions. */
    readonly mostWork?: number;
  },
): Promise<Tuning> => {
  const cuts = Math.max(1, Math.min(MOST_CUTS, Math.ceil(MOST_USERS / train.userCount)));
  const validations = Array.from({ length: kind === 'full-ranking' ? cuts : 1 }, (_, cut) => ({
    split: forSomeUsers(
      validationSplit({ kind, train }, rng.fork(`validation:${cut}`)),
      rng.fork(`users:${cut}`),
    ),
    held: new Map<string, SingularVectors>(),
  }));
  const ordered = kind !== 'full-ranking'; // elsewhere lists have no order, and nothing is recent
  const most = mostRank(train);
  const usual = idTowerSettingsFor(train);
  const dimensions = axes.includes('dimension') ? TOWER_SPACE.dimension.filter((d) => d <= most) : [];
  const widest = Math.max(usual.dimension, ...dimensions);
  const known = axes.includes('epochs') ? { ...usual, epochs: 0 } : usual;
  let best: Trial = { settings: known, ndcg: Number.NEGATIVE_INFINITY };
  const trials: Trial[] = [];
  const spectrumIn =
    ({ split, held }: (typeof validations)[number]) =>
    (settings: IdTowerSettings): SingularVectors => {
      const powers = `${settings.userDegreePower} ${settings.itemDegreePower}`;
      const known = held.get(powers);
      if (known !== undefined) return known;
      const stream = rng.fork('spectrum');
      const spectrum = spectrumOf(split.train, settings, widest, () => stream.next());
      held.clear(); // one is large enough
      held.set(powers, spectrum);
      return spectrum;
    };
  const attempt = async (settings: IdTowerSettings): Promise<void> => {
    if (train.items.length * settings.epochs * settings.dimension > mostWork) return;
    if (trials.some((trial) => JSON.stringify(trial.settings) === JSON.stringify(settings))) return;
    const found: number[] = [];
    for (const validation of validations) {
      const { split } = validation;
      const options = { rng: rng.fork('trial'), progress, spectrum: spectrumIn(validation) };
      const model = await trainIdTowers(split.train, settings, options);
      found.push(mean(evaluateScorer(model, split, { k: K, progress }).perUser.ndcg));
    }
    const trial = { settings, ndcg: mean(found) };
    trials.push(trial);
    if (trial.ndcg > best.ndcg) best = trial;
  };
  for (const axis of axes) {
    if (axis === 'historyHalfLife' && !ordered) continue;
    const { settings } = best;
    for (const value of TOWER_SPACE[axis]) {
      if (axis === 'dimension' && Number(value) > most) continue;
      if (trials.length > 0 && isOver()) return { settings: best.settings, trials, stoppedEarly: true };
      await attempt({ ...settings, [axis]: value });
    }
    progress.note(`${axis} ${best.settings[axis]}: validation NDCG@${K} ${best.ndcg.toFixed(4)}`);
  }
  return { settings: best.settings, trials, stoppedEarly: false };
};

/** The split with the test items of at most MOST_USERS drawn users. */
const forSomeUsers = (split: EvaluationSplit, rng: Rng): EvaluationSplit => {
  const { test } = split;
  const users = Uint32Array.from({ length: test.userCount }, (_, u) => u).filter(
    (u) => itemsOf(test, u).length > 0,
  );
  if (users.length <= MOST_USERS) return split;
  const chosen = new Set(shuffleInPlace(users, () => rng.next()).subarray(0, MOST_USERS));
  const none = new Uint32Array(0);
  const lists = Array.from({ length: test.userCount }, (_, u) => (chosen.has(u) ? itemsOf(test, u) : none));
  return { ...split, test: interactionsOf(lists, test.itemCount) };
};
