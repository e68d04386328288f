import { describe, expect, it } from 'vitest';
import { durationText } from '../../src/cli/durations.ts';
import { numberText, valueText } from '../../src/reporting/digits.ts';

describe('numberText', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [4, '4'],
    [1_234_567, '1,234,567'],
    [12_345.678, '12,346'],
    [0.31234, '0.312'],
    [0.0102, '0.0102'],
    [0.00000001, '0.000000'],
    [-0.00000001, '0.000000'],
    [99.96, '100.0'],
    [-2.5, '-2.50'],
    [Number.NaN, 'n/a'],
    [Number.POSITIVE_INFINITY, 'inf'],
  ])('writes %d as %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });
});

describe('valueText', () => {
  it.each([
    [0.31234, 'share', [0.30534, 0.31934], '0.3123 [0.3053, 0.3193]'],
    [4.2, 'ms', [4.1, 4.3], '4.20 ms [4.10, 4.30]'],
    [52_345.6, 'ratio', [51_000, 53_000], '52,346 [51,000, 53,000]'],
    [0.5, 'ms', [0.5, 0.5], '0.500 ms [0.500, 0.500]'],
    [0.2134, 'ms', [0.1, 4.2], '0.21 ms [0.10, 4.20]'],
    [0.2134, 'ms', [0.2134, 4.2], '0.2 ms [0.2, 4.2]'],
  ] as const)('writes %d %s as wide as %j tells', (value, unit, ci, text) => {
    expect(valueText(value, unit, ci)).toBe(text);
  });
});

describe('durationText', () => {
  it.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [9_949, '9.9 s'],
    [9_951, '10 s'],
    [59_499, '59 s'],
    [59_600, '1 min 0 s'],
    [200_000, '3 min 20 s'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
