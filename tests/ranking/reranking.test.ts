import fc from 'fast-check';
import { determinant, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import type { CodeLists } from '../../src/domain/tables.ts';
import { intraListDiversity } from '../../src/evaluation/list-metrics.ts';
import { mean, standardError } from '../../src/math/statistics.ts';
import { calibratedOrder, genreMix, miscalibration } from '../../src/ranking/reranking/calibrated.ts';
import { dppOrder } from '../../src/ranking/reranking/dpp.ts';
import { relevanceOf } from '../../src/ranking/reranking/greedy.ts';
import { mmrOrder } from '../../src/ranking/reranking/mmr.ts';

const SIZE = 4;
const GENRES = 5;

interface Candidates {
  readonly scores: Float64Array;
  readonly items: Uint32Array;
  readonly vectors: Float32Array;
  readonly size: number;
  readonly genres: CodeLists;
  readonly watched: Float64Array;
}

/** n candidates, which are the titles n - 1, n - 2 ... 0, each with a vector and one or two genres. */
const drawn = (seed: number, n: number): Candidates => {
  const rng = createRng(seed);
  const lists = Array.from({ length: n }, () => {
    const first = Math.floor(rng.next() * GENRES);
    return rng.next() < 0.5 ? [first] : [first, (first + 1) % GENRES];
  });
  const watched = Float64Array.from({ length: GENRES }, () => rng.next());
  const sum = watched.reduce((a, b) => a + b, 0);
  return {
    scores: Float64Array.from({ length: n }, () => 3 * rng.next() - 5),
    items: Uint32Array.from({ length: n }, (_, i) => n - 1 - i),
    vectors: Float32Array.from({ length: n * SIZE }, () => rng.next() - 0.4),
    size: SIZE,
    genres: codeLists(lists),
    watched: watched.map((share) => share / sum),
  };
};

const codeLists = (lists: readonly (readonly number[])[]): CodeLists => {
  const offsets = new Uint32Array(lists.length + 1);
  lists.forEach((list, i) => {
    offsets[i + 1] = offsets[i] + list.length;
  });
  return { offsets, codes: Uint8Array.from(lists.flat()) };
};

const byScore = ({ scores }: Candidates): number[] =>
  [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b);

/** Each re-ranker as a function of how much scores weigh, from 0 to 1. */
const RERANKERS = {
  mmr: (input: Candidates, k: number, weight?: number) =>
    mmrOrder({ ...input, k, ...(weight === undefined ? {} : { lambda: weight }) }),
  dpp: (input: Candidates, k: number, weight?: number) =>
    dppOrder({ ...input, k, ...(weight === undefined ? {} : { theta: weight }) }),
  calibrated: (input: Candidates, k: number, weight?: number) =>
    calibratedOrder({ ...input, k, ...(weight === undefined ? {} : { lambda: 1 - weight }) }),
};

const example = fc.record({
  seed: fc.nat(1e6),
  n: fc.nat(30),
  k: fc.nat(40),
  weight: fc.double({ min: 0, max: 1, noNaN: true }),
});
const always = (check: (drawn: { seed: number; n: number; k: number; weight: number }) => void): void =>
  fc.assert(fc.property(example, check), { seed: 5, numRuns: 100 });

describe.each(Object.entries(RERANKERS))('%s', (_, order) => {
  it('gives min(k, n) different candidates', () => {
    always(({ seed, n, k, weight }) => {
      const positions = order(drawn(seed, n), k, weight);
      expect(positions).toHaveLength(Math.min(k, n));
      expect(new Set(positions).size).toBe(positions.length);
      for (const position of positions) expect(position).toBeLessThan(n);
    });
  });

  it('is the order of the scores where only they weigh', () => {
    always(({ seed, n, k }) => {
      const input = drawn(seed, n);
      expect([...order(input, k, 1)]).toEqual(byScore(input).slice(0, k));
    });
  });

  it('begins with what a smaller k gives', () => {
    always(({ seed, n, k, weight }) => {
      const input = drawn(seed, n);
      expect([...order(input, n, weight)].slice(0, k)).toEqual([...order(input, k, weight)]);
    });
  });

  it('does not heed where the scores begin, nor their unit', () => {
    always(({ seed, n, k, weight }) => {
      const input = drawn(seed, n);
      const scores = input.scores.map((score) => 8 * score + 64);
      expect(order({ ...input, scores }, k, weight)).toEqual(order(input, k, weight));
    });
  });

  it('keeps candidates that are alike in all things in their order', () => {
    const input = drawn(1, 6);
    const alike = {
      ...input,
      scores: new Float64Array(6).fill(2),
      vectors: new Float32Array(6 * SIZE).fill(1),
      genres: codeLists(Array(6).fill([1])),
    };
    expect([...order(alike, 6)]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('refuses a score that is no number, a weight beyond 1 and half a candidate', () => {
    const input = drawn(1, 6);
    expect(() => order({ ...input, scores: Float64Array.of(1, Number.NaN) }, 2)).toThrow(/got NaN/);
    expect(() => order(input, 2, 1.01)).toThrow(RangeError);
    expect(() => order(input, 1.5)).toThrow(/k: expected a whole number >= 0, got 1.5/);
  });
});

describe.each([
  ['mmr', RERANKERS.mmr],
  ['dpp', RERANKERS.dpp],
])('%s', (_, order) => {
  it('gives the candidate of best score for k = 1', () => {
    always(({ seed, n, weight }) => {
      const input = drawn(seed, n + 1);
      if (weight > 0) expect([...order(input, 1, weight)]).toEqual([byScore(input)[0]]);
    });
  });

  it('makes the list more varied than the scores alone do', () => {
    const gains: number[] = [];
    for (let seed = 0; seed < 50; seed++) {
      const input = drawn(seed, 60);
      const diversity = (positions: ArrayLike<number>): number =>
        intraListDiversity(
          Array.from(positions, (i) => input.items[i]),
          input.vectors,
          SIZE,
        );
      gains.push(diversity(order(input, 4, 0.5)) - diversity(byScore(input).slice(0, 4)));
    }
    expect(mean(gains)).toBeGreaterThan(5 * standardError(gains)); // both gain 10 of them
  });
});

describe('maximal marginal relevance', () => {
  it('takes the less relevant that is unlike the first, worked out by hand', () => {
    // Relevance 1, 0.9, 0.5, 0; candidate 1 points as 0 does, 2 at a right angle, 3 away from it.
    const input = {
      scores: [10, 9, 5, 0],
      items: [0, 1, 2, 3],
      vectors: Float32Array.of(1, 0, 2, 0, 0, 3, -1, 0),
      size: 2,
    };
    // After 0: 1 is worth .5*.9 - .5*1 = -.05, 2 is .25, 3 is .5; then 1: -.05, 2: .25 - .5*0.
    expect([...mmrOrder({ ...input, k: 4, lambda: 0.5 })]).toEqual([0, 3, 2, 1]);
    // After 0: 1 is .72 - .2 = .52, 2 is .4, 3 is .2.
    expect([...mmrOrder({ ...input, k: 4, lambda: 0.8 })]).toEqual([0, 1, 2, 3]);
    // After 0: 1 is .54 - .4 = .14, 2 is .3, 3 is .4.
    expect([...mmrOrder({ ...input, k: 2, lambda: 0.6 })]).toEqual([0, 3]);
  });
});

/** S of the candidates named, by the formula. */
const similarity = ({ items, vectors, size }: Candidates, chosen: readonly number[]): Matrix => {
  const cosine = (i: number, j: number): number => {
    let [dot, a, b] = [0, 0, 0];
    for (let d = 0; d < size; d++) {
      const [x, y] = [vectors[items[i] * size + d], vectors[items[j] * size + d]];
      dot += x * y;
      a += x * x;
      b += y * y;
    }
    return dot / Math.sqrt(a * b);
  };
  return new Matrix(chosen.map((i) => chosen.map((j) => (1 + cosine(i, j)) / 2)));
};

const objective = (input: Candidates, chosen: readonly number[], theta: number): number => {
  const relevance = relevanceOf(input.scores);
  const sum = chosen.reduce((total, i) => total + relevance[i], 0);
  const volume = chosen.length === 0 ? 1 : determinant(similarity(input, chosen));
  return theta * sum + (1 - theta) * Math.log(volume);
};

describe('the greedy determinantal point process', () => {
  it('chooses as a determinant for each candidate at each step would', () => {
    for (let seed = 0; seed < 40; seed++) {
      const input = drawn(seed, 12);
      for (const theta of [0, 0.5, 0.9]) {
        const slow: number[] = [];
        while (slow.length < 4) {
          const rest = byScore(input).filter((i) => !slow.includes(i));
          const values = rest.map((i) => Math.round(1e9 * objective(input, [...slow, i], theta)));
          slow.push(rest[values.indexOf(Math.max(...values))]); // of equal ones the best score
        }
        expect([...dppOrder({ ...input, k: 4, theta })]).toEqual(slow);
      }
    }
  });

  it('gains less with each choice: greed is fit for it', () => {
    for (let seed = 0; seed < 40; seed++) {
      const input = drawn(seed, 20);
      const order = [...dppOrder({ ...input, k: 5, theta: 0.7 })];
      const gains = order.map(
        (_, at) => objective(input, order.slice(0, at + 1), 0.7) - objective(input, order.slice(0, at), 0.7),
      );
      for (let at = 1; at < gains.length; at++) expect(gains[at]).toBeLessThan(gains[at - 1] + 1e-9);
    }
  });

  it('leaves twins of the chosen to the end, in order of score, once all directions are taken', () => {
    const input = {
      scores: [6, 5, 4, 3],
      items: [0, 1, 2, 3],
      vectors: Float32Array.of(1, 0, 1, 0, 1, 0, 0, 1),
      size: 2,
    };
    expect([...dppOrder({ ...input, k: 4, theta: 0.1 })]).toEqual([0, 3, 1, 2]);
  });
});

describe('calibrated recommendation', () => {
  it('measures the distance of two mixes, worked out by hand', () => {
    expect(miscalibration(Float64Array.of(0.5, 0.5), Float64Array.of(0.5, 0.5))).toBeCloseTo(0, 12);
    // .5 log(.5 / (.99 + .005)) + .5 log(.5 / .005)
    expect(miscalibration(Float64Array.of(0.5, 0.5), Float64Array.of(1, 0))).toBeCloseTo(
      0.5 * Math.log(0.5 / 0.995) + 0.5 * Math.log(100),
      12,
    );
    expect(miscalibration(Float64Array.of(0, 0), Float64Array.of(1, 0))).toBe(0);
  });

  it('spreads a title over its genres, and weighs titles', () => {
    const genres = codeLists([[0], [0, 1], [], [2]]);
    expect([...genreMix([0, 1, 2], genres, 3)]).toEqual([0.75, 0.25, 0]);
    expect([...genreMix([0, 3, 2], genres, 3, [1, 3, 9])]).toEqual([0.25, 0, 0.75]);
    expect([...genreMix([2], genres, 3)]).toEqual([0, 0, 0]);
  });

  it('gives a member of 70 % romance and 30 % action such a slate, though action scores higher', () => {
    // Titles 0 to 19 are action, 20 to 39 romance.
    const items = Array.from({ length: 40 }, (_, i) => i);
    const input = {
      items,
      scores: items.map((i) => 40 - i),
      genres: codeLists(items.map((i) => [i < 20 ? 0 : 1])),
      watched: Float64Array.of(0.3, 0.7),
      k: 10,
    };
    const romance = (lambda: number): number =>
      [...calibratedOrder({ ...input, lambda })].filter((i) => i >= 20).length;
    expect(romance(0)).toBe(0);
    expect(romance(0.99)).toBe(7);
    const order = [...calibratedOrder({ ...input, lambda: 0.99 })];
    expect(order.filter((i) => i < 20)).toEqual([0, 1, 2]); // of each genre the best
  });

  it('chooses as the objective worked out anew for each candidate at each step would', () => {
    for (let seed = 0; seed < 40; seed++) {
      const input = drawn(seed, 12);
      const relevance = relevanceOf(input.scores);
      const objectiveOf = (chosen: readonly number[], lambda: number): number => {
        const titles = chosen.map((i) => input.items[i]);
        const sum = chosen.reduce((total, i) => total + relevance[i], 0);
        const mix = genreMix(titles, input.genres, GENRES);
        return (1 - lambda) * sum - lambda * miscalibration(input.watched, mix);
      };
      for (const lambda of [0.2, 0.5, 0.9]) {
        const slow: number[] = [];
        while (slow.length < 5) {
          const rest = byScore(input).filter((i) => !slow.includes(i));
          const values = rest.map((i) => Math.round(1e9 * objectiveOf([...slow, i], lambda)));
          slow.push(rest[values.indexOf(Math.max(...values))]); // of equal ones the best score
        }
        expect([...calibratedOrder({ ...input, k: 5, lambda })]).toEqual(slow);
      }
    }
  });

  it('keeps the order of the scores for a member of whom nothing is known', () => {
    const input = drawn(3, 20);
    const order = calibratedOrder({ ...input, watched: new Float64Array(GENRES), k: 20, lambda: 0.9 });
    expect([...order]).toEqual(byScore(input));
  });

  it('is nearer to the mix the more the mix weighs', () => {
    const mixOf = (input: Candidates, lambda: number): number => {
      const order = calibratedOrder({ ...input, k: 10, lambda });
      const titles = Array.from(order, (i) => input.items[i]);
      return miscalibration(input.watched, genreMix(titles, input.genres, GENRES));
    };
    let [plain, half, full] = [0, 0, 0]; // means over 40 members
    for (let seed = 0; seed < 40; seed++) {
      const input = drawn(seed, 60);
      plain += mixOf(input, 0) / 40;
      half += mixOf(input, 0.5) / 40;
      full += mixOf(input, 1) / 40;
    }
    expect(half).toBeLessThan(0.5 * plain);
    expect(full).toBeLessThan(half);
  });
});
