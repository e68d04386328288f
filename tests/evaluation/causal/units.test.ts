import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import { effectInterval } from '../../../src/evaluation/ab/effect.ts';
import { discontinuity } from '../../../src/evaluation/causal/discontinuity.ts';
import { propensities, weightedEffect } from '../../../src/evaluation/causal/propensity.ts';
import { qiniOf } from '../../../src/evaluation/causal/qini.ts';
import {
  riskModel,
  sLearner,
  tLearner,
  type UpliftData,
  xLearner,
} from '../../../src/evaluation/causal/uplift.ts';
import { normalSource } from '../../../src/math/random.ts';
import { sigmoid } from '../../../src/math/statistics.ts';

const sourcesOf = (seed: number) => {
  const rng = createRng(seed);
  const uniform = (): number => rng.next();
  return { uniform, normal: normalSource(uniform) };
};

describe('discontinuity', () => {
  const drawn = (seed: number, curve: (x: number) => number, noise: number, n = 4_000) => {
    const { uniform, normal } = sourcesOf(seed);
    const running = Float64Array.from({ length: n }, () => 4 * uniform() - 2);
    return { running, outcome: running.map((x) => curve(x) + (x >= 0.5 ? 3 : 0) + noise * normal()) };
  };

  it('finds the jump of two lines exactly', () => {
    const { running, outcome } = drawn(1, (x) => 2 * x - 1, 0);
    const { estimate, interval } = discontinuity(running, outcome, 0.5, { bandwidth: 1 });
    expect(estimate).toBeCloseTo(3, 9);
    expect(interval[0]).toBeCloseTo(3, 6);
  });

  it('has an interval that curvature does not move: exact on parabolas, where lines are off', () => {
    const bent = (x: number): number => (x < 0.5 ? 8 : -8) * (x - 0.5) ** 2;
    const { running, outcome } = drawn(2, bent, 0);
    const { estimate, interval } = discontinuity(running, outcome, 0.5, { bandwidth: 1 });
    expect(Math.abs(estimate - 3)).toBeGreaterThan(0.5);
    expect(interval[0]).toBeCloseTo(3, 6);
    expect(interval[1]).toBeCloseTo(3, 6);
  });

  it('holds the truth in 95 % of draws of a curve of no finite degree (300 draws, 4 standard errors)', () => {
    let held = 0;
    for (let draw = 0; draw < 300; draw++) {
      const { running, outcome } = drawn(100 + draw, (x) => Math.sin(2 * x) + Math.exp(x), 0.5, 1_000);
      const [low, high] = discontinuity(running, outcome, 0.5).interval;
      if (low <= 3 && 3 <= high) held++;
    }
    expect(Math.abs(held / 300 - 0.95)).toBeLessThan(0.05);
  });

  it('narrows its bandwidth as units come', () => {
    const of = (n: number): number => {
      const { running, outcome } = drawn(5, (x) => Math.sin(3 * x), 0.3, n);
      return discontinuity(running, outcome, 0.5).bandwidth;
    };
    expect(of(20_000)).toBeLessThan(of(1_000));
  });

  it('refuses a side without units', () => {
    const { running, outcome } = drawn(6, (x) => x, 1, 50);
    expect(() => discontinuity(running, outcome, 0.5, { bandwidth: 0.01 })).toThrow(
      'units or more within the bandwidth',
    );
    expect(() => discontinuity(running, outcome.subarray(1), 0.5, { bandwidth: 1 })).toThrow(
      '50 places and 49 outcomes',
    );
  });
});

describe('weighting by inverse propensities', () => {
  const confounded = (seed: number, strength: number, n = 4_000) => {
    const { uniform, normal } = sourcesOf(seed);
    const features = Array.from({ length: n }, () => Float64Array.of(normal()));
    const treated = Uint8Array.from(features, ([x]) => (uniform() < sigmoid(strength * x) ? 1 : 0));
    const outcome = features.map(([x], i) => 2 * x + 1.5 * treated[i] + normal());
    return { features, treated, outcome };
  };

  it('fits the logistic curve that decided', () => {
    const { features, treated } = confounded(1, 0.8, 20_000);
    const fitted = propensities(features, treated);
    let worst = 0;
    features.forEach(([x], i) => {
      worst = Math.max(worst, Math.abs(fitted[i] - sigmoid(0.8 * x)));
    });
    expect(worst).toBeLessThan(0.03); // 20,000 units know the slope to 0.017
  });

  it('takes out what a plain comparison is deceived by (4 standard errors)', () => {
    const { features, treated, outcome } = confounded(2, 0.8);
    const { effect } = weightedEffect(outcome, treated, propensities(features, treated));
    expect(Math.abs(effect.estimate - 1.5)).toBeLessThan(4 * effect.standardError);
    const plain = weightedEffect(outcome, treated, new Float64Array(treated.length).fill(0.5)).effect;
    expect(effectInterval(plain, 0.9999)[0]).toBeGreaterThan(1.6);
  });

  it('shows where there is no overlap', () => {
    const of = (strength: number) => {
      const { features, treated, outcome } = confounded(3, strength);
      return weightedEffect(outcome, treated, propensities(features, treated)).overlap;
    };
    expect(of(0.2).extremeShare).toBe(0);
    expect(of(4).extremeShare).toBeGreaterThan(0.3);
    expect(of(4).effectiveSampleSize[1]).toBeLessThan(0.3 * of(0.2).effectiveSampleSize[1]);
  });

  it('refuses what cannot be weighted', () => {
    expect(() => propensities([Float64Array.of(1)], Uint8Array.of(1))).toThrow('a share of 1');
    expect(() => weightedEffect([1, 2], Uint8Array.of(0, 1), Float64Array.of(0.5, 1))).toThrow(
      'propensity 1: expected between 0 and 1, got 1',
    );
  });
});

describe('qiniOf', () => {
  it('is worked by hand for four units', () => {
    // order: treated 1, control 0, treated 0, control 1; gains 0, 1, 1 - 0, 1 - 1
    expect(qiniOf([4, 3, 2, 1], [1, 0, 0, 1], [1, 0, 1, 0])).toBeCloseTo((0 + 1 + 1 + 0) / 4 / 4, 12);
  });

  it('is 0 for a random ranking, above it for a good one and below for its reverse', () => {
    const { uniform } = sourcesOf(4);
    const n = 20_000;
    const lift = Float64Array.from({ length: n }, () => (uniform() < 0.5 ? 0 : 0.4));
    const treated = Uint8Array.from(lift, () => (uniform() < 0.5 ? 1 : 0));
    const outcome = lift.map((x, i) => (uniform() < 0.3 + x * treated[i] ? 1 : 0));
    expect(
      Math.abs(
        qiniOf(
          lift.map(() => uniform()),
          outcome,
          treated,
        ),
      ),
    ).toBeLessThan(0.005);
    expect(qiniOf(lift, outcome, treated)).toBeGreaterThan(0.015); // 0.4 of one half of n / 2, half of the way: 0.025
    expect(
      qiniOf(
        lift.map((x) => -x),
        outcome,
        treated,
      ),
    ).toBeLessThan(-0.015);
  });

  it('refuses a test with one arm', () => {
    expect(() => qiniOf([1, 2], [1, 1], [1, 1])).toThrow('units in both arms');
    expect(() => qiniOf([1, 2], [1], [1, 1])).toThrow('2 scores, 1 outcomes');
  });
});

describe('uplift learners', () => {
  const { uniform, normal } = sourcesOf(9);
  const n = 6_000;
  const features = Array.from({ length: n }, () => Float64Array.of(normal(), normal()));
  const lift = ([x, z]: Float64Array): number => 1 + 2 * x - z * z;
  const treated = Uint8Array.from({ length: n }, () => (uniform() < 0.3 ? 1 : 0));
  const outcome = features.map((row, i) => 3 * row[1] + lift(row) * treated[i] + normal());
  const data: UpliftData = { features, treated, outcome };

  it.each([
    ['S', sLearner],
    ['T', tLearner],
    ['X', xLearner],
  ] as const)('%s finds an effect that bends (0.3 everywhere within two deviations)', (_, learn) => {
    const model = learn(data);
    for (const x of [-2, 0, 2]) {
      for (const z of [-2, 0, 2]) {
        const row = Float64Array.of(x, z);
        expect(Math.abs(model(row) - lift(row))).toBeLessThan(0.5);
      }
    }
  });

  it('differ from the risk, which is what happens without the treatment', () => {
    const risk = riskModel(data);
    expect(Math.abs(risk(Float64Array.of(0, 1)) - 3)).toBeLessThan(0.3);
    expect(() => tLearner({ ...data, treated: new Uint8Array(n) })).toThrow('units in both arms, got 0 in 1');
  });
});
