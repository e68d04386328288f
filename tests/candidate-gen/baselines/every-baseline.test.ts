import { describe, expect, it } from 'vitest';
import { alsBytes, fitAls } from '../../../src/candidate-gen/baselines/als.ts';
import { bprBytes, fitBpr } from '../../../src/candidate-gen/baselines/bpr.ts';
import { easeBytes, fitEase } from '../../../src/candidate-gen/baselines/ease.ts';
import type { FitContext } from '../../../src/candidate-gen/baselines/fit.ts';
import { fitItemKnn, itemKnnBytes } from '../../../src/candidate-gen/baselines/item-knn.ts';
import { fitPopularity } from '../../../src/candidate-gen/baselines/popularity.ts';
import { type Interactions, interactionsOf, itemsOf } from '../../../src/domain/interactions.ts';
import type { Progress } from '../../../src/domain/progress.ts';
import { createRng } from '../../../src/domain/rng.ts';
import type { UserScorer } from '../../../src/evaluation/contract.ts';
import { sharedKernels } from '../../../src/math/kernels/kernels.ts';
import { allScores, shareThatFoundTheirTaste, TASTE_USERS, twoTastes } from './planted.ts';

type Fit = (train: Interactions, context: FitContext, seed?: number) => UserScorer;

const small = { factors: 2, iterations: 20, l2: 0.03, unobservedRatio: 1 };
const models: Record<string, Fit> = {
  'item-knn': (train, context) => fitItemKnn(train, {}, context),
  ease: (train, context) => fitEase(train, { l2: 100 }, context),
  als: (train, context, seed = 1) => fitAls(train, small, { ...context, rng: createRng(seed) }),
  bpr: (train, context, seed = 1) =>
    fitBpr(train, { factors: 8, epochs: 200, l2: 0.001 }, { ...context, rng: createRng(seed) }),
};
const needs: Record<string, (train: Interactions) => number> = {
  'item-knn': (train) => itemKnnBytes(train),
  ease: (train) => easeBytes(train.itemCount),
  als: (train) => alsBytes(train, 2),
  bpr: (train) => bprBytes(train, 8),
};

describe.each(Object.keys(models))('%s', (name) => {
  const fitted = models[name];
  const train = twoTastes();

  it('is named so and covers the data', () => {
    const model = fitted(train, {});
    expect(model.name).toBe(name);
    expect([model.userCount, model.itemCount]).toEqual([train.userCount, train.itemCount]);
  });

  it('finds the two tastes', () => {
    expect(shareThatFoundTheirTaste(fitted(train, {}), train)).toBe(1);
  });

  it('gives numbers for a user and items without pairs, and ranks such items below what the user has', () => {
    const scores = allScores(fitted(train, {}));
    for (const row of scores) for (const score of row) expect(Number.isFinite(score)).toBe(true);
    for (let user = 0; user < TASTE_USERS; user++) {
      const own = [...itemsOf(train, user)].map((item) => scores[user][item]);
      const mean = own.reduce((a, b) => a + b) / own.length;
      expect(mean).toBeGreaterThan(Math.max(scores[user][20], scores[user][21]));
    }
  });

  it('gives the same scores again, to any users in any order', () => {
    const all = allScores(fitted(train, {}));
    const again = fitted(train, {});
    const out = new Float32Array(3 * train.itemCount);
    again.scoreUsers(Uint32Array.of(5, 0, 5), out);
    const row = (k: number): Float32Array => out.subarray(k * train.itemCount, (k + 1) * train.itemCount);
    for (const [k, user] of [5, 0, 5].entries()) {
      // A product of 3 rows takes another kernel than one of 41, which adds up in another order.
      for (let i = 0; i < train.itemCount; i++) expect(row(k)[i]).toBeCloseTo(all[user][i], 5);
    }
    expect(allScores(again)).toEqual(all);
  });

  it('takes data without a single user, item or pair', () => {
    for (const empty of [interactionsOf([], 0), interactionsOf([[], []], 3), interactionsOf([], 2)]) {
      expect(allScores(fitted(empty, {})).length).toBe(empty.userCount);
    }
  });

  it('starts with just the memory it needs, and refuses with less, saying both', () => {
    const limitBytes = needs[name](train);
    fitted(train, { limitBytes });
    const refusal = { kind: 'caller', code: 'baseline-memory' };
    expect(() => fitted(train, { limitBytes: limitBytes - 1 })).toThrow(expect.objectContaining(refusal));
    const steps: string[] = [];
    const progress: Progress = {
      note: (line) => steps.push(line),
      step: (line) => {
        steps.push(line);
        return { advance: () => undefined, end: () => undefined };
      },
    };
    expect(() => fitted(train, { limitBytes: 1, progress })).toThrow(/needs .* GB of memory, and .* GB/);
    expect(steps).toEqual([]);
  });

  it('tells how far it is, up to the end', () => {
    let [total, done, ends] = [0, 0, 0];
    fitted(train, {
      progress: {
        note: () => undefined,
        step: (_, steps = 0) => {
          total = steps;
          return { advance: (count) => void (done = count), end: () => void (ends += 1) };
        },
      },
    });
    expect(total).toBeGreaterThan(0);
    expect([done, ends]).toEqual([total, 1]);
  });

  it('gives back its kernel memory', () => {
    const before = sharedKernels().arena.blocksInUse;
    allScores(fitted(train, {}));
    expect(sharedKernels().arena.blocksInUse).toBe(before);
  });
});

describe('models that draw', () => {
  it.each(['als', 'bpr'])('%s: another seed, other factors', (name) => {
    const train = twoTastes();
    expect(allScores(models[name](train, {}, 2))).not.toEqual(allScores(models[name](train, {}, 1)));
  });
});

describe('settings', () => {
  it.each([
    ['neighbours', () => fitItemKnn(twoTastes(), { neighbours: 0 })],
    ['l2', () => fitEase(twoTastes(), { l2: 0 })],
    ['factors', () => fitAls(twoTastes(), { factors: 1.5 }, { rng: createRng(1) })],
    ['learningRate', () => fitBpr(twoTastes(), { learningRate: Number.NaN }, { rng: createRng(1) })],
  ])('a bad %s is named', (setting, refused) => {
    expect(refused).toThrow(
      expect.objectContaining({ kind: 'caller', message: expect.stringContaining(setting) }),
    );
  });
});

describe('memory', () => {
  it('refuses EASE for 40,981 items by default, in GB', () => {
    const wide = interactionsOf([[0, 40_980]], 40_981);
    expect(() => fitEase(wide)).toThrow(/^ease: needs 10\.\d GB of memory, and [\d.]+ GB may be taken/);
  });
});

describe('popularity', () => {
  it('gives every user the number of users of each item', () => {
    const model = fitPopularity(interactionsOf([[0, 2], [2], []], 4));
    expect(allScores(model).map((row) => [...row])).toEqual(Array(3).fill([1, 0, 2, 0]));
  });
});
