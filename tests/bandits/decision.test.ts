import { describe, expect, it } from 'vitest';
import { spreadOverBest } from '../../src/bandits/decision.ts';

describe('spreadOverBest', () => {
  it('divides the mass among ties for the best', () => {
    expect([...spreadOverBest(Float64Array.of(1, 3, 3, 2, 9), 4)]).toEqual([0, 0.5, 0.5, 0]);
  });

  it('gives numbers of their own, of as many actions as there are', () => {
    const sizes = [3, 4_096, 5_000, ...Array.from({ length: 2_000 }, (_, i) => 1 + (i % 13))];
    const kept = sizes.map((n) => {
      const probabilities = spreadOverBest(new Float64Array(n), n);
      expect(probabilities.length).toBe(n);
      expect(probabilities.every((p) => p === 1 / n)).toBe(true);
      return probabilities;
    });
    kept.forEach((probabilities, i) => void probabilities.fill(i));
    expect(kept.every((probabilities, i) => probabilities.every((p) => p === i))).toBe(true);
  });
});
