import { describe, expect, it } from 'vitest';
import { type Beta, chancesOfBest } from '../../src/bandits/best-of-betas.ts';

/** log of the beta function of whole numbers. */
const logBeta = (a: number, b: number): number => {
  let log = -Math.log(a + b - 1);
  for (let i = 1; i < b; i++) log += Math.log(i) - Math.log(a + i - 1);
  return log; // B(a, b) = (b - 1)! / (a (a + 1) ... (a + b - 1))
};

/**
 * P(X > Y) of X ~ Beta(x.alpha, x.beta) and Y of whole alpha, in closed form:
 *   sum over i < alpha_x of B(alpha_y + i, beta_x + beta_y) / ((beta_x + i) B(1 + i, beta_x) B(alpha_y, beta_y))
 * @see Miller, "Formulas for Bayesian A/B Testing", 2015
 */
const chanceAbove = (x: Beta, y: Beta): number => {
  let sum = 0;
  for (let i = 0; i < x.alpha; i++) {
    sum += Math.exp(
      logBeta(y.alpha + i, x.beta + y.beta) -
        Math.log(x.beta + i) -
        logBeta(1 + i, x.beta) -
        logBeta(y.alpha, y.beta),
    );
  }
  return sum;
};

/** The readable twin: a fine even grid of x itself, midpoint rule. */
const onFineGrid = (betas: readonly Beta[], cells: number): number[] => {
  const below = betas.map(() => 0);
  const totals = betas.map(({ alpha, beta }) => logBeta(alpha, beta));
  const chances = betas.map(() => 0);
  for (let k = 0; k < cells; k++) {
    const x = (k + 0.5) / cells;
    const masses = betas.map(
      ({ alpha, beta }, a) =>
        Math.exp((alpha - 1) * Math.log(x) + (beta - 1) * Math.log1p(-x) - totals[a]) / cells,
    );
    masses.forEach((mass, a) => {
      chances[a] += below.reduce(
        (product, F, b) => (b === a ? product : product * (F + masses[b] / 2)),
        mass,
      );
    });
    masses.forEach((mass, a) => {
      below[a] += mass;
    });
  }
  return chances;
};

describe('chancesOfBest', () => {
  it.each([
    [
      { alpha: 1, beta: 1 },
      { alpha: 1, beta: 1 },
    ],
    [
      { alpha: 2, beta: 1 },
      { alpha: 1, beta: 2 },
    ],
    [
      { alpha: 1, beta: 30 },
      { alpha: 3, beta: 5 },
    ],
    [
      { alpha: 40, beta: 160 },
      { alpha: 25, beta: 75 },
    ],
    [
      { alpha: 1, beta: 1 },
      { alpha: 3_000, beta: 7_000 },
    ], // wide beside narrow
    [
      { alpha: 400, beta: 1_600 },
      { alpha: 430, beta: 1_570 },
    ],
  ])('is the closed form for two, %o and %o', (x, y) => {
    const [first, second] = chancesOfBest([x, y]);
    expect(Math.abs(first - chanceAbove(x, y))).toBeLessThan(2e-5);
    expect(first + second).toBeCloseTo(1, 12);
  });

  it('is (5/6, 1/6) for two Betas worked by hand', () => {
    // X ~ Beta(2, 1), F = x^2; Y ~ Beta(1, 2), density 2 (1 - y): P(Y > X) = integral 2 (1 - y) y^2 = 1/6
    const [first, second] = chancesOfBest([
      { alpha: 2, beta: 1 },
      { alpha: 1, beta: 2 },
    ]);
    expect(Math.abs(first - 5 / 6)).toBeLessThan(1e-5);
    expect(Math.abs(second - 1 / 6)).toBeLessThan(1e-5);
  });

  it('agrees with a fine grid for several, some alike, some out of reach', () => {
    const betas = [
      { alpha: 3, beta: 9 },
      { alpha: 30, beta: 90 },
      { alpha: 30, beta: 90 },
      { alpha: 300, beta: 700 },
      { alpha: 1, beta: 2 },
      { alpha: 2, beta: 400 },
    ];
    const wanted = onFineGrid(betas, 40_000);
    const got = chancesOfBest(betas);
    wanted.forEach((chance, a) => {
      expect(Math.abs(got[a] - chance)).toBeLessThan(2e-5);
    });
    expect(got[1]).toBeCloseTo(got[2], 12);
  });

  it('stands millions of observations', () => {
    const chances = chancesOfBest([
      { alpha: 4e8, beta: 6e8 },
      { alpha: 4.001e8, beta: 5.999e8 },
      { alpha: 1, beta: 1 },
    ]);
    expect(chances[0]).toBeLessThan(1e-5);
    expect(Math.abs(chances[2] - 0.5999)).toBeLessThan(1e-4); // P(uniform > 0.4001)
  });

  it('refuses none, and what is no posterior', () => {
    expect(() => chancesOfBest([])).toThrow(RangeError);
    expect(() => chancesOfBest([{ alpha: 0.5, beta: 1 }])).toThrow(/0.5/);
    expect(() => chancesOfBest([{ alpha: 1, beta: Number.NaN }])).toThrow(/NaN/);
  });
});
