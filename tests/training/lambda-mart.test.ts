import { describe, expect, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { RANKING_FEATURE_NAMES } from '../../src/features/ranking-features.ts';
import { createLambdaMartRanker } from '../../src/ranking/lambda-mart/lambda-mart.ts';
import { addScores } from '../../src/ranking/lambda-mart/tree-ensemble.ts';
import { binFeatures, MOST_BINS } from '../../src/training/lambda-mart/bins.ts';
import { bestSplit, buildHistogram, growTree } from '../../src/training/lambda-mart/grow-tree.ts';
import {
  lambdaGradients,
  type RankedGroups,
  weightedNdcg,
} from '../../src/training/lambda-mart/lambda-gradients.ts';
import { trainLambdaMart } from '../../src/training/lambda-mart/train.ts';
import type { RankerExamples } from '../../src/training/ranker.ts';
import { describeRanker } from '../contracts/describe-ranker.ts';

const FEATURES = RANKING_FEATURE_NAMES.length;

/** Pages of which a title is taken often where features 2 and 5 are both high, and seldom where only one of them is. */
const plantedExamples = (pages: number, pageSize: number, seed: number): RankerExamples => {
  const rng = createRng(seed);
  const rows = pages * pageSize;
  const features = Float32Array.from({ length: rows * FEATURES }, () => rng.next() - 0.5);
  const examined = Float32Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? 0.9 : 0.3));
  const clicked = Float32Array.from(examined, (e, i) => {
    const fits = features[i * FEATURES + 2] > 0 && features[i * FEATURES + 5] > 0;
    return rng.next() < e * (fits ? 0.3 : 0.05) ? 1 : 0;
  });
  return {
    features,
    place: new Uint8Array(3 * rows),
    examined,
    clicked,
    finished: clicked.map((c) => (c === 1 ? Number(rng.next() < 0.5) : Number.NaN)),
    weight: new Float32Array(rows).fill(1),
    group: Uint32Array.from({ length: rows }, (_, i) => Math.floor(i / pageSize)),
    rows,
  };
};

const settings = { trees: 40, leaves: 8, patience: 10, leastHessian: 1 };
let once: ReturnType<typeof trainLambdaMart> | undefined;
const trained = () => (once ??= trainLambdaMart({ examples: plantedExamples(1_500, 10, 3), settings }));

describeRanker('trained lambda-mart', async () => createLambdaMartRanker((await trained()).model));

describe('LambdaMART', () => {
  test('finds a taste that takes two features together', async () => {
    const { model, validation, rows } = await trained();
    const probes = [0.3, -0.3].flatMap((a) => [0.3, -0.3].map((b) => [a, b]));
    const values = new Float32Array(probes.length * FEATURES);
    probes.forEach(([a, b], row) => {
      values[row * FEATURES + 2] = a;
      values[row * FEATURES + 5] = b;
    });
    const scores = new Float64Array(probes.length);
    addScores(model.trees, { values, rows: probes.length, columns: FEATURES }, scores);
    const [both, first, second, neither] = scores;
    // A sum of the two features would put one alone midway. How far apart is left to the early stop.
    expect(both).toBeGreaterThan(neither);
    expect(Math.max(first, second) - neither).toBeLessThan(0.25 * (both - neither));
    expect(rows).toBeLessThan(15_000); // without the last tenth and the pages with no take
    expect(validation).toBeGreaterThan(0.6); // 0.5 in an order drawn at random
  });

  test('gives the same trees for the same examples', async () => {
    const again = await trainLambdaMart({ examples: plantedExamples(1_500, 10, 3), settings });
    expect(again).toEqual(await trained());
  });

  test.each([
    ['no page', plantedExamples(0, 1, 1)],
    ['pages of one title', plantedExamples(60, 1, 1)],
    ['a single page', plantedExamples(1, 10, 1)],
    ['pages with nothing taken', { ...plantedExamples(60, 5, 1), clicked: new Float32Array(300) }],
  ])('learns nothing it should not from %s', async (_name, examples) => {
    const { model } = await trainLambdaMart({ examples, settings });
    const rows = FEATURES * 3;
    const values = Float32Array.from({ length: rows * FEATURES }, (_, i) => Math.sin(i));
    const scores = new Float64Array(rows);
    addScores(model.trees, { values, rows, columns: FEATURES }, scores);
    expect(Array.from(scores)).toEqual(new Array(rows).fill(0));
  });

  test('stops growing where later pages are ordered no better', async () => {
    const noise = plantedExamples(400, 10, 8);
    const rng = createRng(2);
    const clicked = noise.clicked.map(() => Number(rng.next() < 0.1));
    const { model } = await trainLambdaMart({ examples: { ...noise, clicked }, settings });
    expect(model.trees.roots.length).toBeLessThan(settings.trees);
  });
});

describe('lambdas', () => {
  const rng = createRng(4);
  const groups: RankedGroups = {
    offsets: Uint32Array.of(0, 0, 1, 13, 17), // an empty page and one of one title among them
    gain: Float32Array.from({ length: 17 }, (_, i) => [0, 0, 1, 0, 2][i % 5]),
    weight: Float32Array.from({ length: 17 }, () => 1 + rng.next()),
  };
  const scores = Float64Array.from({ length: 17 }, () => 2 * rng.next());
  const K = 5;

  /** The pairwise logistic loss at `at`, pairs weighing what the order of `scores` gives them. */
  const lossAt = (at: Float64Array): number => {
    let loss = 0;
    for (let g = 0; g + 1 < groups.offsets.length; g++) {
      const rows = Array.from(
        { length: groups.offsets[g + 1] - groups.offsets[g] },
        (_, i) => groups.offsets[g] + i,
      );
      const place = (row: number) => rows.filter((other) => scores[other] > scores[row]).length;
      const discount = (row: number) => (place(row) < K ? 1 / Math.log2(place(row) + 2) : 0);
      for (const i of rows) {
        for (const j of rows) {
          if (groups.gain[i] <= groups.gain[j]) continue;
          const swap = (groups.gain[i] - groups.gain[j]) * Math.abs(discount(i) - discount(j));
          loss += groups.weight[i] * swap * Math.log1p(Math.exp(at[j] - at[i]));
        }
      }
    }
    return loss;
  };

  test('are the derivatives of the pairwise loss, weights held', () => {
    const gradient = new Float64Array(17).fill(7);
    const hessian = new Float64Array(17).fill(7);
    lambdaGradients(groups, scores, K, { gradient, hessian });
    const step = 1e-4;
    for (let row = 0; row < 17; row++) {
      const moved = (by: number) => lossAt(scores.map((score, i) => (i === row ? score + by : score)));
      expect(gradient[row]).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 6);
      expect(hessian[row]).toBeCloseTo((moved(step) - 2 * moved(0) + moved(-step)) / step ** 2, 5);
    }
    expect(gradient.some((value) => value < -0.1)).toBe(true);
  });

  test('are of an order that reaches 1 when it is the best', () => {
    const worth = Float64Array.from(groups.gain, (gain, i) => gain * groups.weight[i]);
    expect(weightedNdcg(groups, worth, K)).toBeCloseTo(1, 12);
    expect(
      weightedNdcg(
        groups,
        worth.map((x) => -x),
        K,
      ),
    ).toBeLessThan(0.7);
  });
});

describe('a histogram tree', () => {
  const rows = 400;
  const columns = 3;
  const rng = createRng(6);
  const values = Float32Array.from({ length: rows * columns }, (_, i) =>
    i % columns === 1 ? Math.floor(4 * rng.next()) : i % columns === 2 ? 1 : rng.next(),
  );
  const gradient = Float64Array.from(
    { length: rows },
    (_, i) => rng.next() - (values[i * columns] > 0.7 ? 0.9 : 0.3),
  );
  const hessian = Float64Array.from({ length: rows }, () => rng.next());
  const treeSettings = { leaves: 8, shrinkage: 1, l2: 2, leastHessian: 20 };
  const all = Uint32Array.from({ length: rows }, (_, i) => i);

  test('splits where trying every edge on the rows themselves says', () => {
    const binned = binFeatures({ values, rows, columns });
    const found = bestSplit(
      binned,
      buildHistogram(binned, all, 0, rows, { gradient, hessian }),
      treeSettings,
    );
    let best = { gain: 0, column: -1, threshold: Number.NaN };
    const value = (of: number[]) => {
      const g = of.reduce((sum, i) => sum + gradient[i], 0);
      return g ** 2 / (of.reduce((sum, i) => sum + hessian[i], 0) + treeSettings.l2);
    };
    for (let column = 0; column < columns; column++) {
      for (const threshold of binned.edges[column]) {
        const sides: [number[], number[]] = [[], []];
        for (const i of all) sides[values[i * columns + column] <= threshold ? 0 : 1].push(i);
        if (sides.some((side) => side.reduce((sum, i) => sum + hessian[i], 0) < treeSettings.leastHessian))
          continue;
        const gain = (value(sides[0]) + value(sides[1]) - value([...all])) / 2;
        if (gain > best.gain) best = { gain, column, threshold };
      }
    }
    expect(best.column).toBe(0);
    expect(found?.column).toBe(best.column);
    expect(found && binned.edges[found.column][found.bin]).toBe(best.threshold);
    expect(found?.gain).toBeCloseTo(best.gain, 9);
  });

  test('has leaves that are Newton steps of their rows, wherever raw values fall', () => {
    const grown = growTree(binFeatures({ values, rows, columns }), all, { gradient, hessian }, treeSettings);
    expect(grown.from.length).toBeGreaterThan(3);
    expect(Uint32Array.from(grown.order).sort()).toEqual(all);
    const scores = new Float64Array(rows);
    addScores(grown.tree, { values, rows, columns }, scores);
    grown.tree.leafValue.forEach((value, leaf) => {
      const own = Array.from(grown.order.subarray(grown.from[leaf], grown.to[leaf]));
      const g = own.reduce((sum, i) => sum + gradient[i], 0);
      const h = own.reduce((sum, i) => sum + hessian[i], 0);
      expect(h).toBeGreaterThanOrEqual(treeSettings.leastHessian - 1e-9); // subtracted sums round
      expect(value).toBeCloseTo(-g / (h + treeSettings.l2), 6);
      expect(new Set(own.map((row) => scores[row]))).toEqual(new Set([value]));
    });
  });

  test('bins keep order, few values apart, and an equal share of many', () => {
    const binned = binFeatures({ values, rows, columns });
    expect([...binned.edges[1]]).toEqual([0, 1, 2]);
    expect(binned.edges[2]).toHaveLength(0);
    expect(binned.edges[0].length).toBe(MOST_BINS - 1);
    for (let column = 0; column < columns; column++) {
      for (let row = 0; row < rows; row++) {
        const bin = binned.bins[column * rows + row];
        const edges = binned.edges[column];
        const value = values[row * columns + column];
        if (bin < edges.length) expect(value).toBeLessThanOrEqual(edges[bin]);
        if (bin > 0) expect(value).toBeGreaterThan(edges[bin - 1]);
      }
    }
  });
});
