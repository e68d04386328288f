import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { openLab } from '../../src/experiments/lab/lab-world.ts';
import { loggedOutcomes, simulatePotential, testDrawer } from '../../src/experiments/lab/outcomes.ts';
import { mean, variance } from '../../src/math/statistics.ts';
import { type MemberDaysInput, simulateMemberDays, sumOfDays } from '../../src/simulator/member-days.ts';

const lab = openLab(7, true);
const { model } = lab;
const run = (changes: Partial<MemberDaysInput> = {}) =>
  simulateMemberDays({ model, rng: createRng(3), members: 3_000, days: 56, from: 28, ...changes });

const correlation = (a: Float64Array, b: Float64Array): number => {
  const [meanA, meanB] = [mean(a), mean(b)];
  const products = a.map((x, i) => (x - meanA) * (b[i] - meanB));
  return mean(products) / Math.sqrt(variance(a) * variance(b));
};

describe('the coarse model against the page-by-page world', () => {
  const logged = loggedOutcomes(lab.world, lab.logs);
  const { control: coarse, exposedShare } = simulatePotential({
    model,
    rng: createRng(5),
    members: 20_000,
    effect: {},
  });

  it('sends as many members into the experiment', () => {
    expect(Math.abs(exposedShare - logged.minutes.length / lab.world.config.members)).toBeLessThan(0.025);
  });

  it.each(['pages', 'clicks', 'minutes', 'before'] as const)('has its mean and spread of %s', (name) => {
    // 2,100 members of skewed outcomes: the mean is known to 2 % of itself, the deviation to about 3.5 %. Members of
    // the real world run out of titles they like, which the coarse one does not know: 3 % of the later minutes.
    expect(Math.abs(mean(coarse[name]) / mean(logged[name]) - 1)).toBeLessThan(0.09);
    expect(Math.abs(Math.sqrt(variance(coarse[name]) / variance(logged[name])) - 1)).toBeLessThan(0.14);
  });

  it('ties the past to the present as closely', () => {
    const gap = correlation(coarse.minutes, coarse.before) - correlation(logged.minutes, logged.before);
    expect(Math.abs(gap)).toBeLessThan(0.08);
    expect(Math.abs(mean(coarse.returned) - mean(logged.returned))).toBeLessThan(0.05);
  });
});

describe('simulateMemberDays', () => {
  it('gives each member days of their own: more members change nobody’s', () => {
    const [few, many] = [run({ members: 50 }), run({ members: 80 })];
    expect(many.minutes.subarray(0, few.minutes.length)).toEqual(few.minutes);
    expect(many.metOn.subarray(0, 50)).toEqual(few.metOn);
    expect(run({ members: 50, rng: createRng(4) }).minutes).not.toEqual(few.minutes);
  });

  it('changes nothing before the member meets the arm, nor whether and when', () => {
    const [plain, treated] = [run(), run({ effectOf: () => ({ visits: 1.5, clicks: 1.5, minutes: 2 }) })];
    expect(treated.metOn).toEqual(plain.metOn);
    const past = sumOfDays(plain.minutes, 56, 0, 28);
    expect(sumOfDays(treated.minutes, 56, 0, 28)).toEqual(past);
    expect(plain.metOn.some((day) => day >= 0 && day < 28)).toBe(false);
  });

  it('multiplies what a treatment of minutes alone multiplies, exactly', () => {
    const [plain, treated] = [run(), run({ effectOf: () => ({ minutes: 2 }) })];
    const [once, twice] = [plain, treated].map(({ minutes }) => sumOfDays(minutes, 56, 28, 56));
    once.forEach((sum, m) => {
      expect(twice[m]).toBeCloseTo(2 * sum, 2);
    });
    expect(treated.clicks).toEqual(plain.clicks);
  });

  it('treats only whom it is told to, and lets novelty wear off', () => {
    const treated = run({
      members: 12_000,
      effectOf: (member) => (member % 2 === 1 ? { novelty: { extra: 1, halfLifeDays: 2 } } : undefined),
    });
    const { clicks, visits } = treated;
    const rate = (parity: number, from: number, to: number): number => {
      let [above, below] = [0, 0];
      const [c, v] = [sumOfDays(clicks, 56, from, to), sumOfDays(visits, 56, from, to)];
      for (let m = parity; m < c.length; m += 2) [above, below] = [above + c[m], below + v[m]];
      return above / below;
    };
    expect(rate(1, 28, 30) / rate(0, 28, 30)).toBeGreaterThan(1.6);
    expect(rate(1, 52, 56) / rate(0, 52, 56)).toBeLessThan(1.12); // who comes for the first time still finds it new
    expect(rate(1, 0, 28) / rate(0, 0, 28)).toBeCloseTo(1, 1);
  });

  it('lets members leave, and those who are gone stay away', () => {
    const { left, visits } = run({ effectOf: () => ({ leaving: 20 }) });
    expect(left.reduce((sum, gone) => sum + gone, 0)).toBeGreaterThan(1_000);
    const last = sumOfDays(visits, 56, 55, 56);
    expect(last.filter((seen, m) => seen > 0 && left[m] === 0).length).toBeGreaterThan(0);
  });
});

describe('a drawn test', () => {
  it('shows each member under the arm they are in, and the past under both', () => {
    const potential = simulatePotential({ model, rng: createRng(6), members: 4_000, effect: { minutes: 3 } });
    const rng = createRng(8);
    const { arm, minutes, before } = testDrawer(potential, 20_000)(() => rng.next());
    const ofArm = (column: Float64Array, which: number): number =>
      mean(column.filter((_, i) => arm[i] === which));
    expect(ofArm(minutes, 1) / ofArm(minutes, 0)).toBeGreaterThan(2.8);
    expect(ofArm(before, 1) / ofArm(before, 0)).toBeCloseTo(1, 1);
    expect(Math.abs(mean(Float64Array.from(arm)) - 0.5)).toBeLessThan(0.015);
  });
});
