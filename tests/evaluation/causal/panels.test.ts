import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import { effectInterval } from '../../../src/evaluation/ab/effect.ts';
import { differenceInDifferences } from '../../../src/evaluation/causal/difference-in-differences.ts';
import type { Panel } from '../../../src/evaluation/causal/panel.ts';
import { onSimplex, syntheticControl } from '../../../src/evaluation/causal/synthetic-control.ts';
import { normalSource } from '../../../src/math/random.ts';

const panelOf = (rows: readonly (readonly number[])[]): Panel => ({
  units: rows.length,
  periods: rows[0].length,
  values: Float64Array.from(rows.flat()),
});

const normalOf = (seed: number): (() => number) => {
  const rng = createRng(seed);
  return normalSource(() => rng.next());
};

describe('differenceInDifferences', () => {
  it('is the difference of the mean changes: worked by hand', () => {
    const panel = panelOf([
      [1, 3, 6, 8], // +5
      [2, 2, 4, 6], // +3
      [9, 9, 10, 10], // +1
      [5, 7, 7, 7], // +1
      [0, 0, 1, 3], // +2
    ]);
    const { effect, preTrend } = differenceInDifferences(panel, Uint8Array.of(1, 1, 0, 0, 0), 2);
    expect(effect.estimate).toBeCloseTo(4 - 4 / 3, 12);
    expect(preTrend.estimate).toBeCloseTo(1 - 2 / 3, 12); // slopes 2, 0 against 0, 2, 0
  });

  it('is not deceived by levels and a common course, and its pre-trend check sees trends that part', () => {
    const normal = normalOf(3);
    const course = Array.from({ length: 12 }, () => 2 * normal());
    const make = (drift: number): Panel =>
      panelOf(
        Array.from({ length: 30 }, (_, unit) =>
          course.map(
            (c, t) => 5 * unit + c + 0.3 * normal() + (unit < 10 ? drift * t + (t >= 8 ? 1 : 0) : 0),
          ),
        ),
      );
    const treated = Uint8Array.from({ length: 30 }, (_, unit) => (unit < 10 ? 1 : 0));
    const parallel = differenceInDifferences(make(0), treated, 8);
    const [low, high] = effectInterval(parallel.effect, 0.9999);
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
    expect(high - low).toBeLessThan(1);
    expect(parallel.preTrend.p).toBeGreaterThan(0.001);
    expect(differenceInDifferences(make(0.2), treated, 8).preTrend.p).toBeLessThan(1e-6);
  });

  it('refuses a panel that does not fit', () => {
    const panel = panelOf([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(() => differenceInDifferences(panel, Uint8Array.of(0, 1), 1)).toThrow(
      'after 2 periods or more of 3, got 1',
    );
    expect(() => differenceInDifferences(panel, Uint8Array.of(0, 1), 2)).toThrow(
      'at least two units in arm 0',
    );
    expect(() => differenceInDifferences({ ...panel, units: 5 }, Uint8Array.of(0, 1), 2)).toThrow(
      '5 x 3 values, got 6',
    );
  });
});

describe('syntheticControl', () => {
  const normal = normalOf(8);
  const [donors, periods, from] = [24, 40, 30];
  const rows = Array.from({ length: donors }, (_, k) => Array.from({ length: periods }, () => k + normal()));
  const twin = rows[0].map((x, t) => 0.3 * x + 0.7 * rows[1][t] + 50 + (t >= from ? 4 : 0));

  it('finds the mix that the unit is made of, whatever its level, and the effect planted on it', () => {
    const { estimate, weights, p, interval } = syntheticControl(panelOf([twin, ...rows]), 0, from);
    expect(weights[1]).toBeCloseTo(0.3, 2);
    expect(weights[2]).toBeCloseTo(0.7, 2);
    expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 9);
    expect(estimate).toBeCloseTo(4, 1);
    expect(interval[0]).toBeLessThan(4);
    expect(interval[1]).toBeGreaterThan(4);
    expect(p).toBeCloseTo(1 / (donors + 1), 12);
  });

  it('refuses a level that so few donors cannot give', () => {
    expect(() => syntheticControl(panelOf(rows.slice(0, 10)), 0, from)).toThrow(
      'expected 19 other units or more',
    );
  });
});

describe('onSimplex', () => {
  it('is the nearest of the weights: no small move between two of them comes nearer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 2, maxLength: 6 }),
        (values) => {
          const weights = onSimplex(Float64Array.from(values));
          expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 9);
          const distance = (w: Float64Array): number =>
            w.reduce((sum, x, i) => sum + (x - values[i]) ** 2, 0);
          for (let i = 0; i < values.length; i++) {
            for (let j = 0; j < values.length; j++) {
              const step = Math.min(1e-4, weights[i]);
              const moved = weights.map((w, k) => w + (k === j ? step : 0) - (k === i ? step : 0));
              expect(distance(moved)).toBeGreaterThanOrEqual(distance(weights) - 1e-12);
            }
          }
        },
      ),
      { seed: 42, numRuns: 100 },
    );
  });
});
