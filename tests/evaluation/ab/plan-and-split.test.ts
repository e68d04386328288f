import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import {
  daysNeeded,
  powerOf,
  proportionPlan,
  smallestEffect,
  unitsPerArm,
} from '../../../src/evaluation/ab/planning.ts';
import { exposureRatio, sampleRatio } from '../../../src/evaluation/ab/sample-ratio.ts';
import { normalSource } from '../../../src/math/random.ts';

describe('planning', () => {
  it('gives the textbook’s number for 10 % against 12 %', () => {
    const { difference, variances } = proportionPlan(0.1, 0.12);
    // (1.959964 + 0.841621)^2 (0.09 + 0.1056) / 0.0004 = 3838.1
    expect(unitsPerArm(difference, variances)).toBe(3_839);
  });

  it('gives 16 standard deviations squared over the difference squared for means, the rule of thumb', () => {
    expect(unitsPerArm(0.1, { control: 1, treatment: 1 })).toBe(1_570);
  });

  it('closes the circle: units, power and smallest effect agree', () => {
    const variances = { control: 3, treatment: 5 };
    const units = unitsPerArm(0.2, variances, { alpha: 0.01, power: 0.9 });
    expect(powerOf(0.2, variances, units, { alpha: 0.01 })).toBeCloseTo(0.9, 3);
    expect(smallestEffect(units, variances, { alpha: 0.01, power: 0.9 })).toBeCloseTo(0.2, 3);
    expect(powerOf(0, variances, units)).toBeCloseTo(0.05, 12);
  });

  it('has the power it promises (4,000 tests, 4 standard errors of 0.0063)', () => {
    const rng = createRng(4);
    const normal = normalSource(() => rng.next());
    const units = unitsPerArm(0.5, { control: 1, treatment: 1 });
    let found = 0;
    for (let test = 0; test < 4_000; test++) {
      const difference = 0.5 + normal() * Math.sqrt(2 / units);
      if (Math.abs(difference) > 1.959964 * Math.sqrt(2 / units)) found++;
    }
    expect(Math.abs(found / 4_000 - 0.8)).toBeLessThan(4 * 0.0063);
  });

  it('counts days by first visits, of which there are fewer each day', () => {
    const firstVisits = [1_000, 800, 600, 400, 200];
    expect(daysNeeded(450, 2, 0.5, firstVisits)).toBe(2);
    expect(daysNeeded(451, 2, 0.5, firstVisits)).toBe(3);
    expect(daysNeeded(2_000, 2, 1, firstVisits)).toBeUndefined();
  });

  it('refuses what cannot be planned', () => {
    expect(() => unitsPerArm(0, { control: 1, treatment: 1 })).toThrow('expected a difference, got 0');
    expect(() => unitsPerArm(1, { control: -1, treatment: 1 })).toThrow('got -1 and 1');
    expect(() => unitsPerArm(1, { control: 1, treatment: 1 }, { power: 1 })).toThrow('got 0.05 and 1');
    expect(() => proportionPlan(0, 0.1)).toThrow('between 0 and 1, got 0');
  });
});

describe('sampleRatio', () => {
  it('is Pearson’s chi-square', () => {
    expect(sampleRatio([5_050, 4_950], [0.5, 0.5])).toMatchObject({ chiSquare: 1, mismatch: false });
    expect(sampleRatio([5_050, 4_950], [0.5, 0.5]).p).toBeCloseTo(0.31731050786291115, 12);
    expect(sampleRatio([340, 330, 330], [0.3, 0.35, 0.35]).p).toBeCloseTo(0.02215872822045167, 12);
    expect(sampleRatio([51_000, 49_000], [0.5, 0.5]).mismatch).toBe(true);
  });

  it('refuses nothing', () => {
    expect(() => sampleRatio([0, 0], [0.5, 0.5])).toThrow('0 units');
    expect(() => sampleRatio([1, 2], [1])).toThrow('2 counts of 3 units and 1 shares');
  });
});

describe('exposureRatio', () => {
  it('is the chi-square of the table of exposed and not exposed', () => {
    const { chiSquare, p } = exposureRatio([900, 850], [1_000, 1_000]);
    expect(chiSquare).toBeCloseTo(11.428571428571429, 10);
    expect(p).toBeCloseTo(0.0007232327164301936, 12);
  });

  it('does not accuse an uneven split of which exposures are lost evenly, and sees a loss that counts hide', () => {
    expect(exposureRatio([8_160, 7_840], [10_200, 9_800]).mismatch).toBe(false);
    // chance gave the treatment more units, and it loses just that many exposures
    expect(sampleRatio([32_000, 32_000], [0.5, 0.5]).mismatch).toBe(false);
    expect(exposureRatio([32_000, 32_000], [40_000, 40_800]).mismatch).toBe(true);
  });

  it('has nothing to say where all came, and refuses more exposed than assigned', () => {
    expect(exposureRatio([10, 20], [10, 20]).p).toBe(1);
    expect(() => exposureRatio([11, 2], [10, 20])).toThrow('in arm 0, got 11 of 10');
  });
});
