import { describe, expect, it } from 'vitest';
import { intervalPlot } from '../../src/cli/interval-plot.ts';

describe('intervalPlot', () => {
  it('puts estimate, ends, zero and truth where they are on one axis', () => {
    const [first, second] = intervalPlot(
      [
        { name: 'minutes', estimate: 0.235, interval: [0, 0.47], truth: 0.47 },
        { name: 'a', estimate: 0.1, interval: [0.05, 0.2], truth: 0.1 },
      ],
      'share',
    );
    const axis = first.slice('minutes  '.length, 'minutes  '.length + 48);
    expect(axis[0]).toBe('['); // the low end lies over zero
    expect(axis[24]).toBe('o');
    expect(axis[47]).toBe('x');
    expect(first).toContain('+23.5 % [0.0, +47.0]');
    expect(second.indexOf('X')).toBe('minutes  '.length + 10);
    expect(second.startsWith('a        :')).toBe(true);
  });

  it('has room for negative numbers, and none for what is no number', () => {
    const [line] = intervalPlot([{ name: 'x', estimate: -2, interval: [-3, -1], truth: -3 }], 'count');
    expect(line).toContain('-2.0 [-3.0, -1.0]');
    expect(line.slice(3, 51).trimEnd().endsWith(':')).toBe(true);
    expect(() =>
      intervalPlot([{ name: 'x', estimate: Number.NaN, interval: [0, 1], truth: 0 }], 'count'),
    ).toThrow('finite');
  });
});
