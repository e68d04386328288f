/** The trial of a new version: who is in it, what ends it, and that without its judge a faulty version is missed. */
import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../src/domain/clock.ts';
import { createRng } from '../../src/domain/rng.ts';
import { type Behaviour, type DrivePlan, driveCanary } from '../../src/experiments/canary/drive.ts';
import type { PageReplies } from '../../src/experiments/canary/page-replies.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { BASELINE, CANARY, canaryGroups, HEAPS } from '../../src/serving/versions/canary-groups.ts';
import { type CanaryVerdict, canaryPlan, judgeCanary } from '../../src/serving/versions/canary-judge.ts';
import {
  type CanarySums,
  type Counted,
  count,
  emptySums,
  totalOf,
} from '../../src/serving/versions/canary-sums.ts';
import { sumsThrough } from '../../src/serving/versions/sums-exchange.ts';
import { dataset } from './serving-fixture.ts';

const MEMBERS = 400;
const memberIds = Array.from({ length: MEMBERS }, (_, i) => `member-${i}`);

/** Pages of 20 places, on which members play so many titles, and finish this share of them. */
const pagesOf = (plays: number, finish = 0.7): PageReplies[] => {
  const rng = createRng(2);
  return memberIds.map(() => {
    const keenness = 0.5 + rng.next();
    return {
      titles: Uint32Array.from({ length: 20 }, (_, i) => i),
      play: new Float64Array(20).fill((keenness * plays) / 20),
      finish: new Float64Array(20).fill(finish),
    };
  });
};
const good: Behaviour = { replies: pagesOf(2) };

const drive = (candidate: Behaviour, changes: Partial<DrivePlan> = {}) =>
  driveCanary({
    ...{ old: good, candidate, memberIds, members: dataset.members, version: 'new', rng: createRng(4) },
    asking: Float64Array.from(memberIds, (_, i) => (i + 1) / MEMBERS),
    ...{ canary: canaryPlan(0.25), mostRequests: 5_000, ...changes },
  });

describe('the groups of a trial', () => {
  test('are of equal size, and members stay in theirs as it grows', () => {
    const placeOf = canaryGroups('v2');
    const ids = Array.from({ length: 20_000 }, (_, i) => `m${i}`);
    const sizes = [0, 0];
    const heaps = new Set<number>();
    for (const id of ids) {
      const [small, large] = [placeOf(id, 0.1), placeOf(id, 0.25)];
      if (small !== undefined) expect(large).toEqual(small);
      if (large === undefined) continue;
      sizes[large.group] += 1;
      heaps.add(large.heap);
      expect(canaryGroups('v2')(id, 0.25)).toEqual(large);
    }
    const error = Math.sqrt(20_000 * 0.25 * 0.75); // binomial
    for (const size of sizes) expect(Math.abs(size - 5_000)).toBeLessThan(4 * error);
    expect(heaps.size).toBe(HEAPS);
    const moved = ids.filter((id) => placeOf(id, 0.25)?.group !== canaryGroups('v3')(id, 0.25)?.group);
    expect(moved.length).toBeGreaterThan(8_000); // each version draws its own
  });
});

describe('the judge', () => {
  /** Each heap of each group did the same, but for what is said. */
  const sumsWith = (
    each: Partial<Record<Counted, number>>,
    canary: Partial<Record<Counted, number>>,
  ): CanarySums => {
    const sums = emptySums();
    for (const group of [BASELINE, CANARY] as const) {
      for (let heap = 0; heap < HEAPS; heap++) {
        const counts = group === CANARY ? { ...each, ...canary } : each;
        for (const [what, times] of Object.entries(counts)) {
          for (let i = 0; i < times + (heap % 2); i++) count(sums, { group, heap }, what as Counted);
        }
      }
    }
    return sums;
  };
  const plan = canaryPlan();

  test('holds until there are pages, and what was not seen fails nothing', () => {
    expect(judgeCanary(emptySums(), plan, 0)).toMatchObject({ action: 'hold', guardrails: [] });
    const quiet = judgeCanary(sumsWith({ pages: 25, requests: 25 }, {}), plan, 1);
    expect(quiet.action).toBe('promote');
    expect(quiet.guardrails.map(({ name }) => name)).not.toContain('finish rate');
  });

  test('goes on step by step, and takes back what is worse in one of them', () => {
    const usual = { pages: 10, requests: 10, plays: 20, finishes: 14 };
    expect(judgeCanary(sumsWith(usual, {}), plan, 0).action).toBe('advance');
    expect(judgeCanary(sumsWith(usual, {}), plan, 1).action).toBe('hold');
    for (const [worse, name] of [
      [{ plays: 14, finishes: 10 }, 'plays per page'],
      [{ finishes: 9 }, 'finish rate'],
      [{ errors: 1 }, 'errors'],
      [{ 'not-finite': 1 }, 'scores that are not finite'],
      [{ bugs: 1 }, 'bugs'],
      [{ degraded: 2 }, 'degraded answers'],
      [{ slow: 2 }, 'pages beyond the old p99'],
    ] as const) {
      const verdict = judgeCanary(sumsWith(usual, worse), plan, 0);
      expect([verdict.action, verdict.reason]).toEqual(['roll-back', expect.stringContaining(name)]);
    }
    expect(judgeCanary(sumsWith(usual, { plays: 30, finishes: 29 }), plan, 0).action).toBe('advance');
  });
});

describe('a trial', () => {
  test('of a version as good as the old one ends in its promotion', async () => {
    expect(await drive(good, { mostRequests: 20_000 })).toMatchObject({ end: 'promoted', failed: 0 });
  });

  test.each<[string, Partial<Behaviour>, string]>([
    ['on which members play less', { replies: pagesOf(1.4) }, 'plays per page'],
    ['on which members finish less', { replies: pagesOf(2, 0.45) }, 'finish rate'],
    ['that fails now and then', { throws: 0.1 }, 'errors'],
    ['whose scores are not finite now and then', { notFinite: 0.1 }, 'not finite'],
    ['that is slow', { slowness: 2 }, 'p99'],
  ])('of a version %s ends in a rollback, and no member gets an error', async (_, fault, why) => {
    const outcome = await drive({ ...good, ...fault });
    expect(outcome).toMatchObject({ end: 'rolled-back', why: expect.stringContaining(why), failed: 0 });
  });

  test('without a judge misses the fault', async () => {
    const judge = (...given: Parameters<typeof judgeCanary>): CanaryVerdict => {
      const verdict = judgeCanary(...given);
      return verdict.action === 'roll-back' ? { ...verdict, action: 'hold' } : verdict;
    };
    const fault = { ...good, replies: pagesOf(1) };
    expect(await drive(fault, { judge })).toMatchObject({ end: 'undecided' });
    expect(await drive(fault)).toMatchObject({ end: 'rolled-back' });
  });
});

test('a process that told nothing for a day is no longer counted, and is again once it tells', async () => {
  let now = 0;
  const store = createMemoryStore({ now: () => now });
  const [first, second] = [sumsThrough(store), sumsThrough(store)];
  const sums = emptySums();
  count(sums, { group: CANARY, heap: 3 }, 'plays');
  await second('v2', sums);
  expect(totalOf(await first('v2', sums), 'plays', CANARY)).toBe(2);
  now += 2 * DAY_MS;
  expect(totalOf(await first('v2', sums), 'plays', CANARY)).toBe(1);
  await second('v2', sums);
  expect(totalOf(await first('v2', sums), 'plays', CANARY)).toBe(2);
});

test('several processes judge by the sums of all, and by their own while the store is away', async () => {
  const store = createMemoryStore({ now: () => 0 });
  const [first, second] = [sumsThrough(store), sumsThrough(store)];
  const [mine, others] = [emptySums(), emptySums()];
  count(mine, { group: CANARY, heap: 3 }, 'plays');
  for (let i = 0; i < 4; i++) count(others, { group: CANARY, heap: 3 }, 'plays');
  await second('v2', others);
  expect(totalOf(await first('v2', mine), 'plays', CANARY)).toBe(5);
  expect(totalOf(await first('v2', mine), 'plays', CANARY)).toBe(5);
  expect(totalOf(await second('v3', emptySums()), 'plays', CANARY)).toBe(0);
  await store.close();
  expect(totalOf(await first('v2', mine), 'plays', CANARY)).toBe(1);
});
