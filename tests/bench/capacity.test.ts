import { describe, expect, it } from 'vitest';
import { highestRate } from '../../bench/serving/capacity.ts';
import { type PageAnswer, personalP99 } from '../../bench/serving/page-load.ts';

describe('the search for a capacity', () => {
  it('finds the highest rate that holds, to 6 %', async () => {
    for (const truth of [50, 73, 210, 640, 3_000]) {
      const found = await highestRate(async (rate) => rate <= truth);
      expect(found).toBeLessThanOrEqual(truth);
      expect(found).toBeGreaterThan(truth / 1.06);
    }
  });

  it('finds none where not even the lowest holds', async () => {
    expect(await highestRate(async () => false)).toBe(0);
  });
});

describe('the p99 of personalised pages', () => {
  const answers = (count: number, latencyMs: number, origin: string, status = 200): PageAnswer[] =>
    Array.from({ length: count }, (_, number) => ({
      ...{ number, dueMs: 0, latencyMs, status, serverTiming: '', origin, isPrefetch: false },
    }));
  const p99 = (all: readonly PageAnswer[]): number =>
    personalP99({ answers: all, generatorCores: 0, seconds: 1 });

  it('counts what is no page of the member as endless', () => {
    const most = answers(99, 10, 'personalised');
    expect(p99([...most, ...answers(1, 1, 'popular')])).toBe(10);
    expect(p99([...most, ...answers(2, 1, 'popular')])).toBe(Number.POSITIVE_INFINITY);
    expect(p99([...most, ...answers(2, 1, 'personalised', 503)])).toBe(Number.POSITIVE_INFINITY);
    expect(p99([])).toBe(Number.POSITIVE_INFINITY);
  });
});
