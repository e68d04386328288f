import { expect, it } from 'vitest';
import { DAY_MS, fixedClock } from '../../src/domain/clock.ts';
import { openPresent } from '../../src/serving/present.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';

const LOGS_END = 20_000 * DAY_MS;

it('begins where the logs end and runs on through a restart', async () => {
  const store = createMemoryStore();
  let real = 1_000;
  const clock = { now: () => real };
  const first = await openPresent(store, LOGS_END, clock);
  expect(first.now()).toBe(LOGS_END);
  real += 90_000;
  expect(first.now()).toBe(LOGS_END + 90_000);
  const restarted = await openPresent(store, LOGS_END, clock);
  expect(restarted.now()).toBe(LOGS_END + 90_000);
});

it('begins anew for logs that end later, and never runs before their end', async () => {
  const store = createMemoryStore();
  await openPresent(store, LOGS_END, fixedClock(5_000));
  expect((await openPresent(store, LOGS_END + DAY_MS, fixedClock(9_000))).now()).toBe(LOGS_END + DAY_MS);
  expect((await openPresent(store, LOGS_END, fixedClock(10))).now()).toBe(LOGS_END); // a clock set back
});
