import { describe, expect, it } from 'vitest';
import { createWorkLimit } from '../../../src/serving/admission/work-limit.ts';

/** A limit, and requests that each take `latencyOf(work)` and come every 10 ms of a time that only the test moves. */
const world = (latencyOf: (work: number) => number) => {
  let now = 0;
  const limit = createWorkLimit({ most: 500, least: 100, targetMs: 40, now: () => now });
  const pass = (seconds: number, latency = latencyOf): number[] =>
    Array.from({ length: 100 * seconds }, () => {
      now += 10;
      limit.observe(latency(limit.current));
      return limit.current;
    });
  return { limit, pass };
};

describe('the work for each request', () => {
  it('stays whole while the slowest are in time', () => {
    const { pass } = world(() => 39);
    expect(new Set(pass(20))).toEqual(new Set([500]));
  });

  it('shrinks where the slowest are not, but never below the least, and grows back', () => {
    const { limit, pass } = world(() => 60);
    const shrinking = pass(1);
    expect(limit.current).toBeLessThan(500);
    for (let i = 1; i < shrinking.length; i++) expect(shrinking[i]).toBeLessThanOrEqual(shrinking[i - 1]);
    pass(30);
    expect(limit.current).toBe(100);
    const growing = pass(15, () => 10);
    expect(limit.current).toBe(500);
    for (let i = 1; i < growing.length; i++) expect(growing[i] - growing[i - 1]).toBeLessThanOrEqual(20);
  });

  it('settles where the slowest are in time', () => {
    const { limit, pass } = world((work) => work / 8); // 40 ms at 320
    pass(20);
    const settled = pass(20);
    expect(Math.max(...settled)).toBeLessThanOrEqual(320);
    expect(limit.current).toBeGreaterThan(150);
  });

  it('is not moved by one slow request among many, nor by a few alone', () => {
    const { limit, pass } = world(() => 10);
    for (let i = 0; i < 10; i++) {
      limit.observe(1_000);
      pass(2);
    }
    expect(limit.current).toBe(500);
    let now = 0;
    const quiet = createWorkLimit({ most: 500, least: 100, targetMs: 40, now: () => now });
    for (let i = 0; i < 20; i++) {
      now += 1_000;
      quiet.observe(1_000);
    }
    expect(quiet.current).toBe(500);
  });

  it('refuses limits and targets that are none', () => {
    const now = (): number => 0;
    expect(() => createWorkLimit({ most: 1, least: 2, targetMs: 1, now })).toThrow(/least <= most/);
    expect(() => createWorkLimit({ most: 2, least: 1, targetMs: 0, now })).toThrow(/targetMs: expected/);
  });
});
