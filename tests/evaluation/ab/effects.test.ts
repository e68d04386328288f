import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import { cupedEffect, cupedTheta, stratifiedEffect } from '../../../src/evaluation/ab/adjusted.ts';
import { bootstrapEffectInterval, bucketSums } from '../../../src/evaluation/ab/bootstrap-effect.ts';
import {
  effectInterval,
  proportionEffect,
  ratioEffect,
  welchEffect,
} from '../../../src/evaluation/ab/effect.ts';
import { momentsByArm, pairMomentsByArm } from '../../../src/evaluation/ab/moments.ts';
import { benjaminiHochberg, holm, levelOfEach } from '../../../src/evaluation/ab/several.ts';
import { normalSource } from '../../../src/math/random.ts';
import { mean, variance } from '../../../src/math/statistics.ts';

const CONTROL = [3.1, 0, 0, 7.5, 2.2, 0, 12.9, 1.1];
const TREATMENT = [4, 0.5, 9.1, 0, 3.3, 15.2];
const VALUES = [...CONTROL, ...TREATMENT];
const ARM = Uint8Array.from(VALUES, (_, i) => (i < CONTROL.length ? 0 : 1));
const uniformOf = (seed: number): (() => number) => {
  const rng = createRng(seed);
  return () => rng.next();
};

describe('moments', () => {
  it('are those of each arm alone; other arms are left out', () => {
    const [control, treatment] = momentsByArm([...VALUES, 1e9], Uint8Array.from([...ARM, 255]), 2);
    expect(control.mean).toBeCloseTo(mean(CONTROL), 12);
    expect(treatment.variance).toBeCloseTo(variance(TREATMENT), 12);
  });

  it('lose no digits to a large mean', () => {
    const far = VALUES.map((x) => x + 1e8);
    expect(momentsByArm(far, ARM, 2)[0].variance).toBeCloseTo(variance(CONTROL), 5);
  });

  it('refuse an arm of one unit and columns of unequal length', () => {
    expect(() => momentsByArm([1, 2, 3], Uint8Array.of(0, 0, 1), 2)).toThrow('in arm 1, got 1');
    expect(() => pairMomentsByArm([1], [1, 2], Uint8Array.of(0), 1)).toThrow('1 and 2 values for 1 units');
  });
});

describe('welchEffect', () => {
  const [control, treatment] = momentsByArm(VALUES, ARM, 2);
  it('is that of scipy on skewed values of unequal arms', () => {
    const effect = welchEffect(control, treatment);
    expect(effect.degreesOfFreedom).toBeCloseTo(9.33312009299861, 9);
    expect(effect.p).toBeCloseTo(0.5043202943163122, 9);
    expect(effectInterval(effect)[0]).toBeCloseTo(-4.479711607826649, 9);
    expect(effectInterval(effect)[1]).toBeCloseTo(8.479711607826648, 9);
  });

  it('says nothing of arms that do not vary and do not differ', () => {
    const still = { n: 5, mean: 2, variance: 0 };
    expect(welchEffect(still, still).p).toBe(1);
    expect(welchEffect(still, { ...still, mean: 3 }).p).toBe(0);
  });
});

describe('proportionEffect', () => {
  it('has the pooled p value and the unpooled interval of the textbook', () => {
    const effect = proportionEffect({ n: 400, mean: 0.1 }, { n: 500, mean: 0.14 });
    expect(effect.p).toBeCloseTo(0.06868565636499999, 9);
    expect(effect.standardError).toBeCloseTo(0.021582400237230334, 12);
  });

  it('refuses what is no share', () => {
    expect(() => proportionEffect({ n: 4, mean: 2 }, { n: 4, mean: 0 })).toThrow('got 2 of 4');
  });
});

describe('ratioEffect', () => {
  /** Plays of a member and minutes of all of them: heavy members play more and longer, so rows are not independent. */
  const drawArm = (uniform: () => number, units: number) => {
    const normal = normalSource(uniform);
    const [minutes, plays] = [new Float64Array(units), new Float64Array(units)];
    for (let i = 0; i < units; i++) {
      const heavy = Math.exp(0.4 * normal());
      plays[i] = 1 + Math.floor(5 * heavy * uniform());
      minutes[i] = plays[i] * 20 * heavy ** 0.5 * (0.5 + uniform());
    }
    return { minutes, plays };
  };

  it('has the standard error that the ratio shows over many samples (within 8 % of it)', () => {
    const uniform = uniformOf(3);
    const [units, samples] = [600, 1_000];
    const estimates: number[] = [];
    let reported = 0;
    for (let sample = 0; sample < samples; sample++) {
      const { minutes, plays } = drawArm(uniform, units);
      const arm = Uint8Array.from({ length: units }, (_, i) => i % 2);
      const [control, treatment] = pairMomentsByArm(minutes, plays, arm, 2);
      const effect = ratioEffect(control, treatment);
      estimates.push(effect.estimate);
      reported += effect.standardError / samples;
    }
    // a standard deviation over 1,000 samples is known to 2.2 % of itself; 3.5 times that
    expect(Math.abs(reported / Math.sqrt(variance(estimates)) - 1)).toBeLessThan(0.08);
  });

  it('is Welch without degrees of freedom where every denominator is 1', () => {
    const ones = new Float64Array(VALUES.length).fill(1);
    const [c, t] = pairMomentsByArm(VALUES, ones, ARM, 2);
    const [ratio, welch] = [ratioEffect(c, t), welchEffect(c.a, t.a)];
    expect(ratio.estimate).toBeCloseTo(welch.estimate, 12);
    expect(ratio.standardError).toBeCloseTo(welch.standardError, 12);
  });

  it('refuses a ratio over nothing', () => {
    const zero = new Float64Array(VALUES.length);
    const [c, t] = pairMomentsByArm(VALUES, zero, ARM, 2);
    expect(() => ratioEffect(c, t)).toThrow('expected numbers');
  });
});

describe('cupedEffect', () => {
  it('takes out exactly what a covariate explains: metric = 2 covariate + effect leaves no variance', () => {
    const before = VALUES.map((x) => x * 1.5);
    const after = before.map((x, i) => 2 * x + 3 * ARM[i]);
    const [c, t] = pairMomentsByArm(after, before, ARM, 2);
    expect(cupedTheta(c, t)).toBeCloseTo(2, 12);
    const effect = cupedEffect(c, t);
    expect(effect.estimate).toBeCloseTo(3, 9);
    expect(effect.standardError).toBeLessThan(1e-6);
  });

  it('leaves 1 - correlation^2 of the variance, where the pooled slope is each arm’s own', () => {
    const uniform = uniformOf(5);
    const normal = normalSource(uniform);
    const before = Float64Array.from({ length: 20_000 }, normal);
    const after = before.map((x) => 0.8 * x + 0.6 * normal());
    const arm = Uint8Array.from(before, (_, i) => i % 2);
    const [c, t] = pairMomentsByArm(after, before, arm, 2);
    const left = (cupedEffect(c, t).standardError / welchEffect(c.a, t.a).standardError) ** 2;
    expect(Math.abs(left - 0.36)).toBeLessThan(0.015); // 4 standard errors of r^2 at 20,000 pairs
  });

  it('is Welch where the covariate does not vary', () => {
    const [c, t] = pairMomentsByArm(VALUES, new Float64Array(VALUES.length), ARM, 2);
    expect(cupedEffect(c, t)).toEqual(welchEffect(c.a, t.a));
  });
});

describe('stratifiedEffect', () => {
  const of = (n: number, m: number, v: number) => ({ n, mean: m, variance: v });
  it('weighs strata by their units: worked by hand', () => {
    const effect = stratifiedEffect([
      { name: 'a', control: of(10, 1, 4), treatment: of(30, 2, 6) },
      { name: 'b', control: of(40, 10, 8), treatment: of(20, 13, 2) },
    ]);
    expect(effect.estimate).toBeCloseTo(0.4 * 1 + 0.6 * 3, 12);
    expect(effect.standardError).toBeCloseTo(Math.sqrt(0.16 * (0.4 + 0.2) + 0.36 * (0.2 + 0.1)), 12);
    expect(effect.control).toBeCloseTo(6.4, 12);
  });

  it('names the stratum that is too small', () => {
    expect(() => stratifiedEffect([{ name: 'tv', control: of(1, 1, 0), treatment: of(5, 1, 1) }])).toThrow(
      'stratum tv: expected at least two units in each arm, got 1 and 5',
    );
    expect(() => stratifiedEffect([])).toThrow('at least one');
  });
});

describe('bootstrapEffectInterval', () => {
  it('comes near the normal interval on many units, bucketed or not', () => {
    const uniform = uniformOf(8);
    const units = 4_000;
    const values = Float64Array.from({ length: units }, () => -Math.log(1 - uniform()));
    const arm = Uint8Array.from(values, (_, i) => i % 2);
    const [c, t] = momentsByArm(values, arm, 2);
    const [low, high] = effectInterval(welchEffect(c, t));
    for (const buckets of [units, 200]) {
      const sums = [0, 1].map((which) => bucketSums({ numerator: values, arm }, which, buckets));
      const drawn = bootstrapEffectInterval(sums[0], sums[1], { uniform, resamples: 2_000 });
      // an end of 2,000 resamples is known to about 3 % of the width; a variance of 200 buckets to 5 %
      expect(Math.abs(drawn[0] - low)).toBeLessThan(0.1 * (high - low));
      expect(Math.abs(drawn[1] - high)).toBeLessThan(0.1 * (high - low));
    }
  });

  it('sums every unit of the arm into some bucket', () => {
    const { numerator, denominator } = bucketSums({ numerator: VALUES, arm: ARM }, 1, 4);
    expect([...denominator]).toEqual([2, 2, 1, 1]);
    expect(numerator.reduce((sum, x) => sum + x, 0)).toBeCloseTo(32.1, 12);
    expect(numerator[0]).toBeCloseTo(7.3, 12);
  });

  it('refuses an arm without units', () => {
    const none = bucketSums({ numerator: VALUES, arm: ARM }, 7, 4);
    expect(() => bootstrapEffectInterval(none, none, { uniform: uniformOf(1) })).toThrow('got none in one');
  });
});

describe('several tests at once', () => {
  const p = [0.01, 0.04, 0.03, 0.005];
  it('adjusts as R’s p.adjust does', () => {
    [0.03, 0.06, 0.06, 0.02].forEach((expected, i) => {
      expect(holm(p)[i]).toBeCloseTo(expected, 12);
    });
    [0.02, 0.04, 0.04, 0.02].forEach((expected, i) => {
      expect(benjaminiHochberg(p)[i]).toBeCloseTo(expected, 12);
    });
    expect([...holm([])]).toEqual([]);
    expect(levelOfEach(0.95, 5)).toBeCloseTo(0.99, 12);
  });

  it('refuses what is no p value', () => {
    expect(() => holm([0.5, 1.5])).toThrow('p value 1: expected in [0, 1], got 1.5');
    expect(() => benjaminiHochberg([Number.NaN])).toThrow('got NaN');
  });
});
