import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { denseForward } from '../../src/math/dense.ts';
import { sigmoid } from '../../src/math/statistics.ts';
import { fitIsotonic, isotonicAt } from '../../src/ranking/calibration/isotonic.ts';
import { fitPlatt, withScaledClicks } from '../../src/ranking/calibration/platt.ts';

const planted = (n: number, slope: number, intercept: number) => {
  const rng = createRng(8);
  const logits = Float64Array.from({ length: n }, () => 4 * rng.next() - 3);
  const examined = Float64Array.from({ length: n }, () => 0.3 + 0.7 * rng.next());
  const clicked = logits.map((z, i) => (rng.next() < examined[i] * sigmoid(slope * z + intercept) ? 1 : 0));
  return { logits, examined, clicked, weight: new Float64Array(n).fill(1) };
};

describe('Platt scaling', () => {
  test('finds the scaling behind clicks in places that are looked at less', () => {
    // 40,000 observations: standard errors of 0.02 in both; the tolerance is three of them and a little more.
    const { slope, intercept } = fitPlatt(planted(40_000, 0.6, -0.4));
    expect(Math.abs(slope - 0.6)).toBeLessThan(0.07);
    expect(Math.abs(intercept + 0.4)).toBeLessThan(0.07);
  });

  test('a weight stands for as many observations', () => {
    const once = planted(300, 0.6, -0.4);
    const twice = <T extends Float64Array>(values: T): Float64Array => Float64Array.of(...values, ...values);
    const weighted = fitPlatt({ ...once, weight: once.weight.map(() => 2) });
    const repeated = fitPlatt({
      logits: twice(once.logits),
      clicked: twice(once.clicked),
      examined: twice(once.examined),
      weight: twice(once.weight),
    });
    expect(weighted.slope).toBeCloseTo(repeated.slope, 6);
    expect(weighted.intercept).toBeCloseTo(repeated.intercept, 6);
  });

  test('stays finite where clicks are parted from the rest, and where all logits are alike', () => {
    const even = [1, 1, 1, 1];
    const parted = fitPlatt({ logits: [-2, -1, 1, 2], clicked: [0, 0, 1, 1], examined: even, weight: even });
    expect(sigmoid(2 * parted.slope + parted.intercept)).toBeLessThan(0.9); // the smoothed target is 0.75
    const alike = fitPlatt({ logits: [1, 1, 1, 1], clicked: [0, 0, 0, 1], examined: even, weight: even });
    expect(sigmoid(alike.slope + alike.intercept)).toBeCloseTo((2 / 3 + 3 / 5) / 4, 3); // mean smoothed target
  });

  test('refuses lengths that differ, and nothing', () => {
    expect(() => fitPlatt({ logits: [1], clicked: [], examined: [1], weight: [1] })).toThrow(RangeError);
    expect(() => fitPlatt({ logits: [], clicked: [], examined: [], weight: [] })).toThrow(RangeError);
  });

  test('folds into the model: clicks are scaled, finishes are not, and the model given is left alone', () => {
    const model = {
      featureNames: ['a', 'b'],
      layers: [
        {
          inputSize: 2,
          outputSize: 2,
          weights: Float32Array.of(1, 2, 3, 4),
          bias: Float32Array.of(0.5, -0.5),
          activation: 'linear' as const,
        },
      ],
    };
    const input = Float32Array.of(1, 1, 2, 0);
    const [before, finish] = denseForward(model.layers, input, 2);
    const scaled = denseForward(withScaledClicks(model, { slope: 0.5, intercept: 0.25 }).layers, input, 2);
    expect(scaled[0]).toBeCloseTo(0.5 * before + 0.25, 6);
    expect(scaled[1]).toBe(finish);
    expect(denseForward(model.layers, input, 2)[0]).toBe(before);
  });
});

describe('isotonic regression', () => {
  test('pools neighbours that are in the wrong order, by hand', () => {
    const steps = fitIsotonic([1, 2, 3, 4], [0, 1, 0, 1], [1, 1, 1, 1]);
    expect([...steps.from]).toEqual([1, 2, 4]);
    expect([...steps.values]).toEqual([0, 0.5, 1]);
    expect([0, 1.5, 2, 3.9, 4, 9].map((x) => isotonicAt(steps, x))).toEqual([0, 0, 0.5, 0.5, 1, 1]);
  });

  test('divides by exposure, and leaves out what nobody could see', () => {
    const steps = fitIsotonic([1, 1, 2, 3], [1, 0, 1, 1], [2, 2, 2, 0]);
    expect([...steps.from]).toEqual([1, 2]);
    expect([...steps.values]).toEqual([0.25, 0.5]);
    expect(() => fitIsotonic([1], [1], [0])).toThrow(RangeError);
    expect(() => fitIsotonic([1], [1, 1], [1])).toThrow(RangeError);
  });

  test('never falls, and errs no more than the mean or any split in two', () => {
    const observation = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.constantFrom(0, 1));
    fc.assert(
      fc.property(fc.array(observation, { minLength: 1, maxLength: 40 }), (observations) => {
        const scores = observations.map(([score]) => score);
        const outcomes: number[] = observations.map(([, outcome]) => outcome);
        const steps = fitIsotonic(scores, outcomes, new Float64Array(scores.length).fill(1));
        for (let b = 1; b < steps.values.length; b++)
          expect(steps.values[b]).toBeGreaterThan(steps.values[b - 1]);
        const errorOf = (rate: (score: number) => number): number =>
          scores.reduce((sum, score, i) => sum + (rate(score) - outcomes[i]) ** 2, 0);
        const best = errorOf((score) => isotonicAt(steps, score));
        for (let cut = 0; cut <= 10; cut++) {
          const rates = [0, 1].map((side) => {
            const inside = outcomes.filter((_, i) => (scores[i] >= cut ? 1 : 0) === side);
            return inside.length === 0 ? 0 : inside.reduce((sum, y) => sum + y, 0) / inside.length;
          });
          if (rates[0] <= rates[1])
            expect(best).toBeLessThanOrEqual(errorOf((score) => rates[score >= cut ? 1 : 0]) + 1e-9);
        }
      }),
    );
  });
});
