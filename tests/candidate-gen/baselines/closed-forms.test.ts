/** Each model against its definition in plain code. */
import { inverse, Matrix, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { solveRows } from '../../../src/candidate-gen/baselines/als.ts';
import { descend } from '../../../src/candidate-gen/baselines/bpr.ts';
import { easeNeighbours, fitEase } from '../../../src/candidate-gen/baselines/ease.ts';
import { createFactorScorer, factorNeighbours } from '../../../src/candidate-gen/baselines/factor-scorer.ts';
import { fitItemKnn } from '../../../src/candidate-gen/baselines/item-knn.ts';
import { type Interactions, itemsOf } from '../../../src/domain/interactions.ts';
import { createRng } from '../../../src/domain/rng.ts';
import { sharedKernels } from '../../../src/math/kernels/kernels.ts';
import { allScores, drawnPairs } from './planted.ts';

const dense = (pairs: Interactions): Matrix => {
  const x = Matrix.zeros(pairs.userCount, pairs.itemCount);
  for (let u = 0; u < pairs.userCount; u++) for (const i of itemsOf(pairs, u)) x.set(u, i, 1);
  return x;
};

describe('item-kNN', () => {
  const pairs = drawnPairs(40, 25);
  const x = dense(pairs);
  const sizes = x.sum('row');
  const counts = x.sum('column');
  const config = { neighbours: 25, shrinkage: 2, userPower: 0.5, targetShare: 0.3 };
  const similarity = (j: number, i: number): number => {
    let both = 0;
    for (let v = 0; v < 40; v++) both += x.get(v, j) * x.get(v, i) * sizes[v] ** -config.userPower;
    return both / (counts[j] ** 0.7 * counts[i] ** 0.3 + config.shrinkage);
  };

  it('keeps the similarities that brute force finds, best first, and never the item itself', () => {
    const { offsets, items, weights } = fitItemKnn(pairs, { ...config, neighbours: 6 }).neighbours;
    for (let j = 0; j < 25; j++) {
      const all = Array.from({ length: 25 }, (_, i) => (i === j ? 0 : similarity(j, i))).sort(
        (a, b) => b - a,
      );
      expect(offsets[j + 1] - offsets[j]).toBe(6);
      for (let k = 0; k < 6; k++) {
        const at = offsets[j] + k;
        expect(items[at]).not.toBe(j);
        expect(weights[at]).toBeCloseTo(all[k], 5);
        expect(weights[at]).toBeCloseTo(similarity(j, items[at]), 5);
      }
    }
  });

  it('scores an item by the similarities to what the user has', () => {
    const scores = allScores(fitItemKnn(pairs, config));
    for (const u of [0, 7, 39]) {
      for (let i = 0; i < 25; i++) {
        let sum = 0;
        for (const j of itemsOf(pairs, u)) if (j !== i) sum += similarity(j, i);
        expect(scores[u][i]).toBeCloseTo(sum, 4);
      }
    }
  });

  it('is the cosine where nothing is damped', () => {
    const config = { neighbours: 24, shrinkage: 0, userPower: 0, targetShare: 0.5 };
    const { offsets, items, weights } = fitItemKnn(pairs, config).neighbours;
    const [a, b] = [x.getColumnVector(0), x.getColumnVector(items[offsets[0]])];
    expect(weights[offsets[0]]).toBeCloseTo(a.dot(b) / (a.norm() * b.norm()), 5);
  });
});

describe('EASE', () => {
  // 300 items are two blocks of the inverse, the second of them ragged.
  it.each([20, 300])('gives the weights of a direct inverse for %i items', (items) => {
    const pairs = drawnPairs(50, items);
    const x = dense(pairs);
    const gram = x.transpose().mmul(x).add(Matrix.eye(items).mul(30));
    const p = inverse(gram);
    const model = fitEase(pairs, { l2: 30 });
    let worst = 0;
    for (let j = 0; j < items; j++) {
      for (let i = 0; i < items; i++) {
        const expected = i === j ? 0 : -p.get(j, i) / p.get(i, i);
        worst = Math.max(worst, Math.abs(model.weights[j * items + i] - expected));
      }
    }
    expect(worst).toBeLessThan(1e-5); // weights are about 0.1; float32 carries 6e-8 of that over condition 200
    const scores = allScores(model)[3];
    const direct = x.getRowVector(3).mmul(new Matrix([...rowsOf(model.weights, items)]));
    for (let i = 0; i < items; i++) expect(scores[i]).toBeCloseTo(direct.get(0, i), 4);
  });

  it('says so when l2 is too small for float32', () => {
    const pairs = drawnPairs(50, 200); // rank 50: without the ridge there is no inverse
    expect(() => fitEase(pairs, { l2: 1e-5 })).toThrow(/ease: l2: 0.00001 is too small/);
  });

  it('lists the items of largest weight', () => {
    const model = fitEase(drawnPairs(50, 20), { l2: 30 });
    const { offsets, items, weights } = easeNeighbours(model, 3);
    const row = [...model.weights.subarray(0, 20)];
    expect([...weights.subarray(0, offsets[1])]).toEqual(row.sort((a, b) => b - a).slice(0, 3));
    expect([...items.subarray(0, offsets[1])].map((i) => model.weights[i])).toEqual(row.slice(0, 3));
  });
});

const rowsOf = function* (values: Float32Array, size: number): Generator<number[]> {
  for (let at = 0; at < values.length; at += size) yield [...values.subarray(at, at + size)];
};

describe('ALS', () => {
  it('solves the normal equations of every row', () => {
    const kernels = sharedKernels();
    const [d, users, items] = [5, 700, 30]; // two batches of rows
    const pairs = drawnPairs(users, items);
    const rng = createRng(2);
    const h = Float32Array.from({ length: items * d }, () => rng.next() - 0.5);
    const rows = kernels.from(new Float32Array(users * d));
    const others = kernels.from(h);
    const config = { factors: d, unobservedWeight: 0.2, l2: 0.05, frequencyPower: 0.5, steps: 12 };
    try {
      solveRows({ kernels, pairs, rows, others, config });
      const all = new Matrix([...rowsOf(h, d)]);
      for (const u of [0, 1, 511, 512, 699]) {
        const own = Matrix.zeros(0, d);
        for (const i of itemsOf(pairs, u)) own.addRow(all.getRow(i));
        const penalty = 0.05 * (own.rows + 0.2 * items) ** 0.5;
        const left = own.transpose().mmul(own);
        left.add(all.transpose().mmul(all).mul(0.2)).add(Matrix.eye(d).mul(penalty));
        const expected = solve(left, Matrix.columnVector(own.sum('column')));
        for (let f = 0; f < d; f++) expect(rows.f32[u * d + f]).toBeCloseTo(expected.get(f, 0), 4);
      }
    } finally {
      rows.free();
      others.free();
    }
  });
});

describe('BPR', () => {
  const factors = 4;
  const model = () => {
    const rng = createRng(9);
    const draw = (n: number) => Float32Array.from({ length: n * factors }, () => rng.next() - 0.5);
    return { factors, userFactors: draw(2), itemFactors: draw(3) };
  };
  const triple = { user: 1, positive: 2, negative: 0 };
  const l2 = 0.3;
  const objective = ({ userFactors: w, itemFactors: h }: ReturnType<typeof model>): number => {
    let [margin, squares] = [0, 0];
    for (let f = 0; f < factors; f++) {
      const [wu, hi, hj] = [w[factors + f], h[2 * factors + f], h[f]];
      margin += wu * (hi - hj);
      squares += wu ** 2 + hi ** 2 + hj ** 2;
    }
    return Math.log1p(Math.exp(-margin)) + (l2 / 2) * squares;
  };

  it('steps down the gradient that finite differences give', () => {
    const rate = 0.5;
    const stepped = model();
    descend(stepped, triple, rate, l2);
    for (const table of ['userFactors', 'itemFactors'] as const) {
      for (let at = 0; at < model()[table].length; at++) {
        const [up, down] = [model(), model()];
        up[table][at] += 1e-2;
        down[table][at] -= 1e-2;
        const slope = (objective(up) - objective(down)) / (up[table][at] - down[table][at]);
        // Central differences err by 1e-4 / 6 of the third derivative, which is below 0.1 here.
        expect((model()[table][at] - stepped[table][at]) / rate).toBeCloseTo(slope, 4);
      }
    }
  });

  it('returns the loss before the step, also for margins that overflow', () => {
    expect(descend(model(), triple, 0.1, 0)).toBeCloseTo(objective({ ...model() }) - penaltyOf(model()), 6);
    const far = { factors: 1, userFactors: Float32Array.of(1), itemFactors: Float32Array.of(-2000, 0) };
    expect(descend(far, { user: 0, positive: 0, negative: 1 }, 0.1, 0)).toBeCloseTo(2000, 3);
  });

  const penaltyOf = ({ userFactors: w, itemFactors: h }: ReturnType<typeof model>): number => {
    const rows = [w.subarray(factors), h.subarray(2 * factors), h.subarray(0, factors)];
    return (l2 / 2) * rows.reduce((sum, row) => sum + row.reduce((s, x) => s + x * x, 0), 0);
  };
});

describe('factors', () => {
  const itemFactors = Float32Array.of(3, 0, 1, 0.1, 0, 2, 0, 0);
  const model = createFactorScorer({
    name: 'planted',
    userCount: 1,
    itemCount: 4,
    factors: 2,
    userFactors: Float32Array.of(1, 2),
    itemFactors,
  });

  it('score by inner product', () => {
    expect([...allScores(model)[0]].map((x) => +x.toFixed(5))).toEqual([3, 1.2, 4, 0]);
  });

  it('are near by cosine, whatever their length', () => {
    const { offsets, items } = factorNeighbours(model, 3);
    expect([...items.subarray(0, offsets[1])]).toEqual([1]);
    expect([...items.subarray(offsets[1], offsets[2])]).toEqual([0, 2]);
    expect(offsets[4] - offsets[3]).toBe(0);
  });
});
