import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import {
  alwaysValidInterval,
  alwaysValidP,
  mixingVariance,
} from '../../../src/evaluation/ab/always-valid.ts';
import { type RampReading, rampOn } from '../../../src/evaluation/ab/ramp.ts';
import { normalSource } from '../../../src/math/random.ts';

describe('always-valid inference', () => {
  it('rejects by p exactly where the interval leaves 0 out', () => {
    const mixing = 0.3;
    for (const level of [0.9, 0.95]) {
      for (let estimate = -2; estimate <= 2; estimate += 0.05) {
        for (const standardError of [0.05, 0.3, 2]) {
          const [low, high] = alwaysValidInterval({ estimate, standardError }, mixing, level);
          const p = alwaysValidP({ estimate, standardError }, mixing);
          expect(p <= 1 - level).toBe(low >= 0 || high <= 0);
        }
      }
    }
  });

  it('is narrowest where it was planned, in units of what any other mixing would give', () => {
    const width = (mixing: number): number => {
      const [low, high] = alwaysValidInterval({ estimate: 0, standardError: 0.02 }, mixing);
      return high - low;
    };
    const planned = mixingVariance(0.02);
    expect(width(planned)).toBeLessThan(width(planned * 1.3));
    expect(width(planned)).toBeLessThan(width(planned / 1.3));
    expect(width(planned) / (2 * 0.02)).toBeCloseTo(3.0, 1); // beside 1.96 of the fixed horizon
  });

  it('errs in at most 5 % of paths looked at after every value, where looking naively errs in far more', () => {
    const rng = createRng(12);
    const normal = normalSource(() => rng.next());
    const [paths, length] = [1_000, 2_000];
    const mixing = mixingVariance(1 / Math.sqrt(length));
    let [valid, naive] = [0, 0];
    for (let path = 0; path < paths; path++) {
      let [sum, isValid, isNaive] = [0, false, false];
      for (let n = 1; n <= length; n++) {
        sum += normal();
        const look = { estimate: sum / n, standardError: 1 / Math.sqrt(n) };
        isNaive ||= Math.abs(look.estimate) > 1.96 * look.standardError;
        isValid ||= alwaysValidP(look, mixing) <= 0.05;
      }
      valid += isValid ? 1 : 0;
      naive += isNaive ? 1 : 0;
    }
    expect(valid / paths).toBeLessThan(0.05 + 3 * 0.0069);
    expect(valid / paths).toBeGreaterThan(0.005); // not merely blind
    expect(naive / paths).toBeGreaterThan(0.3);
  });

  it('knows nothing where nothing has varied', () => {
    expect(alwaysValidP({ estimate: 1, standardError: 0 }, 1)).toBe(1);
    expect(alwaysValidInterval({ estimate: 1, standardError: 0 }, 1)[1]).toBe(Number.POSITIVE_INFINITY);
    expect(() => mixingVariance(0)).toThrow('got 0 and 0.95');
  });
});

describe('rampOn', () => {
  const plan = [
    { running: 0.01, leastPerArm: 500 },
    { running: 0.1, leastPerArm: 5_000 },
    { running: 0.5, leastPerArm: 20_000 },
  ];
  const calm: RampReading = {
    perArm: 600,
    sampleRatio: { chiSquare: 0, p: 1, mismatch: false },
    guardrails: [{ metric: 'errors', better: 'less', control: 10, interval: [-1, 1], tolerance: 0.02 }],
  };
  const guard = (interval: readonly [number, number], better: 'more' | 'less'): RampReading => ({
    ...calm,
    guardrails: [{ metric: 'minutes', better, control: 10, interval, tolerance: 0.02 }],
  });

  it('goes on when a step has its units, holds before that, and completes at the last', () => {
    expect(rampOn(plan, 0, calm)).toMatchObject({ action: 'advance', step: 1, running: 0.1 });
    expect(rampOn(plan, 1, calm)).toMatchObject({ action: 'hold', step: 1, running: 0.1 });
    expect(rampOn(plan, 2, { ...calm, perArm: 20_000 })).toMatchObject({ action: 'complete', running: 0.5 });
  });

  it('stops on harm beyond the tolerance, of either direction, and not on harm that is only possible', () => {
    expect(rampOn(plan, 0, guard([-2, -0.5], 'more'))).toMatchObject({
      action: 'stop',
      step: -1,
      running: 0,
    });
    expect(rampOn(plan, 0, guard([-2, -0.1], 'more')).action).toBe('advance');
    expect(rampOn(plan, 0, guard([0.3, 2], 'less')).reason).toBe(
      'minutes is worse by at least 3.0 %, tolerated 2.0 %',
    );
    expect(rampOn(plan, 0, guard([0.3, 2], 'more')).action).toBe('advance');
  });

  it('stops on a split that is not as planned, before it counts anything', () => {
    const reading = { ...calm, perArm: 3, sampleRatio: { chiSquare: 40, p: 2.5e-10, mismatch: true } };
    expect(rampOn(plan, 0, reading)).toMatchObject({ action: 'stop' });
  });

  it('refuses a plan that does not grow, and a step beyond it', () => {
    expect(() => rampOn([plan[1], plan[0]], 0, calm)).toThrow('got 0.01 after 0.1');
    expect(() => rampOn(plan, 3, calm)).toThrow('a step below 3, got 3');
  });
});
