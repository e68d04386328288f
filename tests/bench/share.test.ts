import { describe, expect, it } from 'vitest';
import { shareOfTests, wilsonInterval } from '../../bench/experiments/share.ts';

const row = (count: number, bounds: { least?: number; most?: number }) =>
  shareOfTests({ stage: 's', name: 'x.rate', count, tests: 100, ...bounds, definition: 'd', protocol: 'p' });

describe('a share of tests', () => {
  it('has the interval of the textbook, which stays within [0, 1]', () => {
    expect(wilsonInterval(50, 100)[0]).toBeCloseTo(0.4038, 4);
    expect(wilsonInterval(50, 100)[1]).toBeCloseTo(0.5962, 4);
    expect(wilsonInterval(0, 10)[0]).toBeCloseTo(0, 12);
    expect(wilsonInterval(0, 10)[1]).toBeCloseTo(0.2775, 4);
    expect(wilsonInterval(10, 10)[1]).toBeCloseTo(1, 12);
  });

  it('is held to both ends, to one, or to none', () => {
    const judged = (count: number, bounds: { least?: number; most?: number }) => {
      const { measurement } = row(count, bounds) as { measurement: { pass?: boolean; sense?: string } };
      return [measurement.pass, measurement.sense];
    };
    expect(judged(3, { least: 0.04, most: 0.06 })).toEqual([false, 'at-most']);
    expect(judged(5, { least: 0.04, most: 0.06 })).toEqual([true, 'at-most']);
    expect(judged(7, { least: 0.04, most: 0.06 })).toEqual([false, 'at-most']);
    expect(judged(96, { least: 0.95 })).toEqual([true, 'at-least']);
    expect(judged(96, {})).toEqual([undefined, undefined]);
  });
});
