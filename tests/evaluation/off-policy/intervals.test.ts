import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import type { Interval } from '../../../src/evaluation/bootstrap.ts';
import type { Contributions, IntervalMethod } from '../../../src/evaluation/off-policy/contract.ts';
import { ips, snips } from '../../../src/evaluation/off-policy/estimators.ts';
import { bernsteinReach, biasedQuantile, intervalOf } from '../../../src/evaluation/off-policy/intervals.ts';
import { normalSource } from '../../../src/math/random.ts';
import { logisticLog } from './logs.ts';

/** The interval, of an estimator that has one. */
const intervalFor = (parts: Contributions, method: IntervalMethod, uniform = uniformOf(1)): Interval => {
  const interval = intervalOf(parts, { method, level: 0.95, uniform });
  if (interval === undefined) throw new Error(`${parts.name} has no ${method} interval`);
  return interval;
};

const uniformOf = (seed: number): (() => number) => {
  const rng = createRng(seed);
  return () => rng.next();
};

describe('empirical Bernstein', () => {
  it('is the bound of Maurer and Pontil for terms of [0, 1], twice one-sided', () => {
    // variance of 0, 1, 1, 1 is 1/4; ln(4 / 0.05) = 4.38202663467388
    const odds = 4.38202663467388;
    const expected = Math.sqrt((2 * 0.25 * odds) / 4) + (7 * odds) / 9;
    expect(bernsteinReach([0, 1, 1, 1], 1, 0.95)).toBeCloseTo(expected, 12);
  });

  it('scales with the terms and their range', () => {
    expect(bernsteinReach([0, 3, 3, 3], 3, 0.95)).toBeCloseTo(3 * bernsteinReach([0, 1, 1, 1], 1, 0.95), 12);
  });
});

describe('allowance for bias', () => {
  it('is the normal quantile without bias, and one-sided beyond a large one', () => {
    expect(biasedQuantile(0, 0.95)).toBeCloseTo(1.959964, 5);
    expect(biasedQuantile(6, 0.95)).toBeCloseTo(6 + 1.644854, 5);
  });

  it('covers as often as it says at the bias itself, which a plain interval does not', () => {
    const normal = normalSource(uniformOf(7));
    const [bias, draws] = [1.2, 20_000];
    const reach = biasedQuantile(bias, 0.95);
    let [covered, plain] = [0, 0];
    for (let i = 0; i < draws; i++) {
      const error = Math.abs(bias + normal());
      if (error <= reach) covered++;
      if (error <= 1.96) plain++;
    }
    // 4 standard errors of a share of 0.95 over 20,000 draws
    expect(Math.abs(covered / draws - 0.95)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / draws));
    expect(plain / draws).toBeLessThan(0.8);
  });

  it('widens an interval by the shortfall, to both sides', () => {
    const influences = Float64Array.of(0, 1, 0, 1);
    const parts: Contributions = { name: 'x', value: 0.5, influences };
    const short: Contributions = { ...parts, shortfalls: Float64Array.of(10, 10, 10, 10) };
    const [lower, upper] = intervalFor(short, 'normal');
    expect((lower + upper) / 2).toBeCloseTo(0.5, 12);
    expect(upper - 0.5).toBeGreaterThan(10);
    const [, plain] = intervalFor(parts, 'normal');
    expect(plain - 0.5).toBeCloseTo(1.959964 * Math.sqrt(1 / 12), 5);
  });
});

describe('bootstrap', () => {
  it('is near the normal interval for many rounds', () => {
    const { log } = logisticLog(3, 3_000);
    for (const parts of [ips(log), snips(log)]) {
      const uniform = uniformOf(5);
      const normal = intervalFor(parts, 'normal', uniform);
      const bootstrap = intervalFor(parts, 'bootstrap', uniform);
      const width = normal[1] - normal[0];
      // the 2.5 % quantile of 1,000 resamples has a standard error of 0.09 standard errors, 0.023 widths
      expect(Math.abs(bootstrap[0] - normal[0])).toBeLessThan(0.1 * width);
      expect(Math.abs(bootstrap[1] - normal[1])).toBeLessThan(0.1 * width);
    }
  });
});

describe('coverage', () => {
  it('is about 95 % for IPS and SNIPS, and near certain for empirical Bernstein', () => {
    const truth = (() => {
      const { log, expected } = logisticLog(999, 60_000);
      return log.target.reduce((sum, p, at) => sum + p * expected[at], 0) / log.n;
    })();
    const logs = 300;
    const covered = { ips: 0, snips: 0, bernstein: 0 };
    for (let seed = 0; seed < logs; seed++) {
      const { log } = logisticLog(seed, 400);
      const holds = (parts: Contributions, method: IntervalMethod): number => {
        const [lower, upper] = intervalFor(parts, method);
        return lower <= truth && truth <= upper ? 1 : 0;
      };
      covered.ips += holds(ips(log), 'normal');
      covered.snips += holds(snips(log), 'normal');
      covered.bernstein += holds(ips(log), 'empirical-bernstein');
    }
    // 4 standard errors of a share of 0.95 over 300 logs: 0.05
    for (const share of [covered.ips / logs, covered.snips / logs]) {
      expect(share).toBeGreaterThan(0.9);
      expect(share).toBeLessThan(0.995);
    }
    expect(covered.bernstein / logs).toBeGreaterThan(0.99);
  });
});
