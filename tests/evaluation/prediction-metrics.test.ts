import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auc, ece, logLoss } from '../../src/evaluation/prediction-metrics.ts';

describe('auc', () => {
  it('by hand', () => {
    // positives .8 and .4 against negatives .6, .4, .1: .8 wins 3; .4 ties one and wins one: 4.5 of 6
    expect(auc([0.8, 0.4, 0.6, 0.4, 0.1], [1, 1, 0, 0, 0])).toBe(0.75);
    expect(auc([3, -5], [0, 1])).toBe(0);
    expect(auc([1, 1, 1], [1, 0, 1])).toBe(0.5);
  });

  it('is NaN where one class is missing, and refuses what cannot be ordered', () => {
    expect(auc([0.1, 0.2], [1, 1])).toBeNaN();
    expect(auc([], [])).toBeNaN();
    expect(() => auc([0.1], [])).toThrow(RangeError);
    expect(() => auc([0.1, Number.NaN], [0, 1])).toThrow(RangeError);
  });

  it('equals the count over all pairs', () => {
    const row = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 1 }));
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 40 }), (rows) => {
        let wins = 0;
        let pairs = 0;
        for (const [high, y] of rows) {
          for (const [low, z] of rows) {
            if (y !== 1 || z !== 0) continue;
            pairs++;
            wins += high > low ? 1 : high === low ? 0.5 : 0;
          }
        }
        const got = auc(
          rows.map(([score]) => score),
          rows.map(([, y]) => y),
        );
        if (pairs === 0) expect(got).toBeNaN();
        else expect(got).toBeCloseTo(wins / pairs, 12);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('logLoss', () => {
  it('by hand', () => {
    // -(ln 0.8 + ln 0.5) / 2
    expect(logLoss([0.8, 0.5], [1, 0])).toBeCloseTo(0.458145, 6);
    expect(logLoss([1, 0], [1, 0])).toBeLessThan(1e-11);
    expect(logLoss([1], [0])).toBeCloseTo(27.631, 3); // -ln 1e-12
    expect(logLoss([], [])).toBeNaN();
  });

  it('refuses what is no probability', () => {
    expect(() => logLoss([1.1], [1])).toThrow(RangeError);
    expect(() => logLoss([Number.NaN], [1])).toThrow(RangeError);
  });
});

describe('ece', () => {
  it('by hand', () => {
    // bin [.2, .3): .2 and .24 against 0 and 1: |.44 - 1| = .56; bin [.9, 1]: .9 and 1 against 1, 1: |1.9 - 2| = .1
    expect(ece([0.2, 0.24, 0.9, 1], [0, 1, 1, 1])).toBeCloseTo((0.56 + 0.1) / 4, 12);
    // one bin: |2.34 - 3| / 4
    expect(ece([0.2, 0.24, 0.9, 1], [0, 1, 1, 1], 1)).toBeCloseTo(0.165, 12);
    expect(ece([0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0])).toBe(0);
    expect(ece([], [])).toBeNaN();
  });

  it('refuses what is no probability and no number of bins', () => {
    expect(() => ece([-0.1], [1])).toThrow(RangeError);
    expect(() => ece([0.1], [1], 0)).toThrow(RangeError);
  });
});
