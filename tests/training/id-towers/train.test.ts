import { describe, expect, test } from 'vitest';
import { interactionsOf, itemsOf } from '../../../src/domain/interactions.ts';
import { silentProgress } from '../../../src/domain/progress.ts';
import { createRng } from '../../../src/domain/rng.ts';
import { evaluateScorer } from '../../../src/evaluation/evaluate-scorer.ts';
import { sharedKernels } from '../../../src/math/kernels/kernels.ts';
import { mean } from '../../../src/math/statistics.ts';
import {
  checkIdTowerSettings,
  type IdTowerSettings,
  idTowerSettingsFor,
  idTowerSettingsIn,
} from '../../../src/training/id-towers/settings.ts';
import { trainIdTowers } from '../../../src/training/id-towers/train.ts';
import { TOWER_SPACE, tuneIdTowers } from '../../../src/training/id-towers/tune.ts';

const ITEMS = 40;
const USERS = 60;

/** Users of two tastes: each took eight of the twenty items of its own, in order of time. */
const twoTastes = (seed: number) => {
  const rng = createRng(seed);
  const lists = Array.from({ length: USERS }, (_, user) => {
    const from = user % 2 === 0 ? 0 : ITEMS / 2;
    const own = new Set<number>();
    while (own.size < 8) own.add(from + Math.floor((rng.next() * ITEMS) / 2));
    return [...own];
  });
  return interactionsOf(lists, ITEMS);
};

const SMALL: Partial<IdTowerSettings> = { dimension: 8, batchUsers: 16 };

/** Share of the users whose best item that they have not taken is of their own taste. */
const shareOfOwnTaste = async (chosen: Partial<IdTowerSettings>): Promise<number> => {
  const train = twoTastes(1);
  const model = await trainIdTowers(train, { ...SMALL, ...chosen }, { rng: createRng(2) });
  const scores = new Float32Array(ITEMS);
  let right = 0;
  for (let user = 0; user < USERS; user++) {
    model.scoreUsers(Uint32Array.of(user), scores);
    for (const item of itemsOf(train, user)) scores[item] = Number.NEGATIVE_INFINITY;
    const best = scores.indexOf(Math.max(...scores));
    if (best < ITEMS / 2 === (user % 2 === 0)) right++;
  }
  return right / USERS;
};

describe('planted tastes are found', () => {
  const drawn: Partial<IdTowerSettings> = {
    start: 'random',
    epochs: 25,
    learningRate: 0.15,
    historyShown: 1,
  };
  const variants: Record<string, Partial<IdTowerSettings>> = {
    'by default': {},
    'by the start alone': { epochs: 0 },
    'by training alone': drawn,
    'by training alone, on histories in part': { ...drawn, historyShown: 0.5 },
    'by few negatives, half of them popular ones': { ...drawn, negatives: 12, popularNegatives: 0.5 },
    'by the hardest of them': { ...drawn, hardNegatives: 0.3 },
    'by the cosine contrastive loss': {
      ...drawn,
      loss: 'cosine-contrastive',
      margin: 0.2,
      negativeWeight: 10,
    },
    "by users' own embeddings beside their histories": { ...drawn, userIdWeight: 1, userIdDropout: 0.3 },
    'by the last of the history': { historyHalfLife: 2 },
  };
  test.each(Object.entries(variants))('%s', async (_, chosen) => {
    // by chance it is 12 of the 32 left, .375: .65 of 60 users is over 4 standard errors away
    expect(await shareOfOwnTaste(chosen)).toBeGreaterThan(0.65);
  });
});

test('the same seed gives the same model, and kernel memory is given back', async () => {
  const before = sharedKernels().arena.blocksInUse;
  const train = twoTastes(3);
  const models = [1, 1, 2].map((seed) =>
    trainIdTowers(train, { ...SMALL, epochs: 2, userIdWeight: 0.5 }, { rng: createRng(seed) }),
  );
  const [one, same, other] = await Promise.all(models);
  expect(same.itemFactors).toEqual(one.itemFactors);
  expect(other.itemFactors).not.toEqual(one.itemFactors);
  expect(sharedKernels().arena.blocksInUse).toBe(before);
});

test('a user or an item without pairs gets finite scores', async () => {
  const train = interactionsOf([[0, 1], [], [1, 2]], 5);
  const model = await trainIdTowers(train, { ...SMALL, epochs: 2, userIdWeight: 0.5 }, { rng: createRng(1) });
  const scores = new Float32Array(15);
  model.scoreUsers(Uint32Array.of(0, 1, 2), scores);
  expect(scores.every((score) => Number.isFinite(score))).toBe(true);
});

test('tuning takes what validates best, within the time', async () => {
  const train = twoTastes(5);
  const options = { axes: ['historyDropout', 'historyHalfLife', 'epochs'] as const, rng: createRng(6) };
  const whole = await tuneIdTowers({ kind: 'last-item', train }, options);
  const { historyDropout, historyHalfLife, epochs } = TOWER_SPACE;
  // what was chosen before is not tried again at the first value of the next
  expect(whole.trials.length).toBe(historyDropout.length + historyHalfLife.length - 1 + epochs.length - 1);
  expect(whole.trials.filter((trial) => trial.settings.epochs > 0).length).toBe(epochs.length - 1);
  const best = whole.trials.reduce((a, b) => (b.ndcg > a.ndcg ? b : a));
  expect(whole.settings).toEqual(best.settings);
  expect(whole.stoppedEarly).toBe(false);
  const light = await tuneIdTowers({ kind: 'last-item', train }, { ...options, mostWork: 0 });
  expect(light.settings.epochs).toBe(0);
  const unordered = await tuneIdTowers({ kind: 'full-ranking', train }, options);
  expect(unordered.trials.every(({ settings }) => settings.historyHalfLife === 0)).toBe(true);
  const hurried = await tuneIdTowers({ kind: 'last-item', train }, { ...options, isOver: () => true });
  expect([hurried.trials.length, hurried.stoppedEarly]).toEqual([1, true]);
});

test('a model finds held-out items of the taste it learned', async () => {
  const train = twoTastes(7);
  const kept = interactionsOf(
    Array.from({ length: USERS }, (_, u) => itemsOf(train, u).slice(0, 6)),
    ITEMS,
  );
  const test = interactionsOf(
    Array.from({ length: USERS }, (_, u) => itemsOf(train, u).slice(6)),
    ITEMS,
  );
  const model = await trainIdTowers(kept, SMALL, { rng: createRng(8) });
  const { perUser } = evaluateScorer(
    model,
    { kind: 'full-ranking', train: kept, test },
    { k: 14, progress: silentProgress },
  );
  // 14 items of the own taste are left, all of which fit: by chance 14 / 34 = .41 of them, standard error under .05
  expect(mean(perUser.recall)).toBeGreaterThan(0.65);
});

test('settings out of range, of another kind or unknown are refused by name', () => {
  const settings = idTowerSettingsFor({ userCount: 1_000, itemCount: 500 });
  expect(() => checkIdTowerSettings(settings)).not.toThrow();
  expect(() => checkIdTowerSettings({ ...settings, temperature: 0 })).toThrow(
    'two-tower: temperature: expected a number from 0.01 to 10, got 0',
  );
  expect(() => checkIdTowerSettings({ ...settings, epochs: 1.5 })).toThrow('epochs: expected a whole number');
  expect(() => checkIdTowerSettings({ ...settings, loss: 'hinge' as 'sampled-softmax' })).toThrow(
    'got "hinge"',
  );
  expect(() => checkIdTowerSettings({ ...settings, start: 'zeros' as 'random' })).toThrow(
    'start: expected one of regression, random, got "zeros"',
  );
  expect(() => idTowerSettingsIn({ temprature: 1 }, 'a.json')).toThrow("a.json: no setting 'temprature'");
  expect(() => idTowerSettingsIn([1], 'a.json')).toThrow('a.json: expected an object');
  expect(idTowerSettingsIn({ epochs: 3 }, 'a.json')).toEqual({ epochs: 3 });
});
