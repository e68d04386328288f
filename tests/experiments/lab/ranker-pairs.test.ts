import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import { drawRequests, expectedClicks, rankerPair } from '../../../src/experiments/lab/ranker-pairs.ts';
import { worldConfig } from '../../../src/simulator/config.ts';
import { createWorld } from '../../../src/simulator/world.ts';

const world = createWorld(worldConfig({ seed: 3, titles: 400, members: 50, days: 5 }));
const requests = drawRequests(world, { rng: createRng(1), requests: 60, candidates: 60 });
const pairOf = (shared: number, own: readonly [number, number]) =>
  rankerPair(requests, { rng: createRng(2), shared, own });

describe('rankerPair', () => {
  it('knows the best page without noise, and worse ones the more of it there is', () => {
    const best = pairOf(0, [0, 0]);
    expect(best.truth).toBe(0);
    requests.forEach((request, r) => {
      const sorted = Array.from(request.click.keys()).sort((i, j) => request.click[j] - request.click[i]);
      expect(expectedClicks(request, best.pairs[r].a)).toBeCloseTo(
        expectedClicks(request, sorted.slice(0, 20)),
        5,
      );
    });
    const slight = pairOf(0, [0, 0.5]);
    const severe = pairOf(0, [0, 2]);
    expect(slight.truth).toBeLessThan(0);
    expect(severe.truth).toBeLessThan(2 * slight.truth);
  });

  it('gives two rankers with shared noise alone the same lists', () => {
    for (const { a, b } of pairOf(1, [0, 0]).pairs) expect(b).toEqual(a);
  });

  it('tells the true difference as the mean over requests', () => {
    const { pairs, truth, level } = pairOf(0.3, [0.2, 0.8]);
    const worth = (which: 'a' | 'b'): number =>
      requests.reduce((sum, request, r) => sum + expectedClicks(request, pairs[r][which]), 0) /
      requests.length;
    expect(level).toBeCloseTo(worth('a'), 12);
    expect(truth).toBeCloseTo(worth('b') - worth('a'), 12);
  });
});
