import { describe, expect, it } from 'vitest';
import { measureClickbait } from '../../src/experiments/clickbait.ts';

describe('planted clickbait', () => {
  const [chosen, finishRate] = measureClickbait(5);
  const without = (row: typeof chosen): number => row.baselines?.[0].value ?? Number.NaN;

  it('is chosen by who aims at takes alone, and not with the guardrail on finishes', () => {
    expect(without(chosen)).toBeGreaterThan(0.5);
    expect(chosen.value).toBeLessThan(0.1);
    expect(chosen.pass).toBe(true);
  });

  it('costs finishes where it is chosen', () => {
    expect(finishRate.value).toBeGreaterThan(without(finishRate) + 0.05);
  });
});
