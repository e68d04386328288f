/** The short form of `bench faults`: a few kills, and that they would tell. */
import { expect, it } from 'vitest';
import { crashPublishers } from '../../bench/faults/publish-crash.ts';
import { createRng } from '../../src/domain/rng.ts';

it('shows readers the old version whole or the new one whole, wherever a publisher is killed', async () => {
  const { kills, reads, torn } = await crashPublishers({ everyStep: 11, randomKills: 1, rng: createRng(3) });
  expect(torn).toEqual([]);
  expect(kills).toBeGreaterThanOrEqual(4);
  expect(reads).toBeGreaterThan(kills);
}, 60_000);

it('would be caught showing half of one, if it were published where readers look', async () => {
  const plan = { everyStep: 15, randomKills: 0, rng: createRng(3), inPlace: true };
  const { torn } = await crashPublishers(plan);
  expect(torn.length).toBeGreaterThan(0);
}, 60_000);
