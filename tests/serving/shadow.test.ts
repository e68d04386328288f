/** A version in the shadow: what it is compared by, and that nobody waits for it and nothing is written for it. */
import { expect, test } from 'vitest';
import { emptyPage, simulatedVersion } from '../../src/experiments/canary/simulated-version.ts';
import type { HomePipeline } from '../../src/serving/pipelines/home.ts';
import type { RankedTitles } from '../../src/serving/pipelines/scorer.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import {
  compareRankings,
  createShadow,
  type ShadowComparison,
  type ShadowParts,
} from '../../src/serving/versions/shadow.ts';
import { createSwitchboard } from '../../src/serving/versions/switchboard.ts';
import { manualTimers } from './manual-timers.ts';
import { dataset, NOW, startServing } from './serving-fixture.ts';

const ranking = (titles: readonly number[], topScore = 1): RankedTitles => ({
  titles: Uint32Array.from(titles),
  scores: Float32Array.from(titles, (_, i) => topScore - i / 100),
});
const ascending = Array.from({ length: 20 }, (_, i) => i);

test('rankings are compared by their ten best, the order of what both hold, and their scores', () => {
  const served = ranking(ascending);
  expect(compareRankings(served, served)).toEqual({ overlapAt10: 1, rankCorrelation: 1, scoreDrift: 0 });
  const reversed = compareRankings(served, ranking([...ascending].reverse(), 1.5));
  expect(reversed.rankCorrelation).toBe(-1);
  expect(reversed.overlapAt10).toBe(0);
  expect(reversed.scoreDrift).toBeCloseTo(0.5);
  const half = compareRankings(served, ranking([...ascending.slice(0, 5), 50, 51, 52, 53, 54]));
  expect(half).toMatchObject({ overlapAt10: 0.5, rankCorrelation: 1 });
  expect(compareRankings(served, ranking([90, 91])).rankCorrelation).toBe(0);
});

const ranksBy = (rank: () => Promise<RankedTitles>): HomePipeline => ({
  ...simulatedVersion('v1').pipeline,
  recommendations: async () => ({ ...emptyPage(), value: await rank() }),
});

const start = (rank: () => Promise<RankedTitles>, changes: Partial<ShadowParts> = {}) => {
  const timers = manualTimers();
  const [compared, notCompared]: [ShadowComparison[], string[]] = [[], []];
  const shadow = createShadow({
    shadow: { ...simulatedVersion('v2'), pipeline: ranksBy(rank) },
    serving: () => ranksBy(async () => ranking(ascending)),
    ...{ share: 1, timers },
    observer: { compared: (each) => compared.push(each), notCompared: (why) => notCompared.push(why) },
    ...changes,
  });
  return { shadow, timers, compared, notCompared };
};
const ask = (requestId: string) => ({ requestId, memberId: 'member-1' });

test('one request at a time is compared, after its answer; others are passed over, and failures are counted', async () => {
  let finish: (value: RankedTitles) => void = () => undefined;
  const slow = () =>
    new Promise<RankedTitles>((resolve) => {
      finish = resolve;
    });
  const { shadow, timers, compared, notCompared } = start(slow);
  shadow.answered(ask('r1'));
  shadow.answered(ask('r2'));
  expect([compared.length, notCompared]).toEqual([0, ['passed-over']]);
  await timers.advance(1);
  finish(ranking([...ascending].reverse()));
  await timers.advance(1);
  expect(compared).toEqual([expect.objectContaining({ rankCorrelation: -1 })]);
  expect(shadow.state()).toMatchObject({ version: 'v2', compared: 1, passedOver: 1, failed: 0 });

  const failing = start(async () => {
    throw new Error('no ranking');
  });
  failing.shadow.answered(ask('r3'));
  await failing.timers.advance(1);
  expect(failing.notCompared).toEqual(['failed']);
  expect(failing.shadow.state().means).toBeUndefined();
});

test('a share of the requests is drawn by their ids', async () => {
  const { shadow, timers } = start(async () => ranking(ascending), { share: 0.1 });
  for (let i = 0; i < 2_000; i++) {
    shadow.answered(ask(`request-${i}`));
    await timers.advance(1);
  }
  const drawn = shadow.state().compared;
  expect(Math.abs(drawn - 200)).toBeLessThan(4 * Math.sqrt(2_000 * 0.1 * 0.9)); // binomial
});

test('a page is answered while the shadow hangs, and nothing is written for a comparison', async () => {
  const hanging = start(() => new Promise(() => undefined));
  const board = createSwitchboard({
    ...{ first: simulatedVersion('v1'), members: dataset.members },
    onPage: hanging.shadow.answered,
  });
  const unwatched = { stageEnded: () => undefined, bugFound: () => undefined };
  for (let i = 0; i < 3; i++) await board.of('member-1').homepage(ask(`r${i}`), unwatched);
  expect(hanging.shadow.state().passedOver).toBe(2);

  const memory = createMemoryStore({ now: () => NOW });
  const refuse = (): never => {
    throw new Error('nothing is to be written');
  };
  let frozen = false;
  const store: Store = {
    ...memory,
    put: (...write) => (frozen ? refuse() : memory.put(...write)),
    batch: (writes) => (frozen ? refuse() : memory.batch(writes)),
    delete: (key) => (frozen ? refuse() : memory.delete(key)),
    apply: (keys, decide) => (frozen ? refuse() : memory.apply(keys, decide)),
  };
  const { pipeline } = await startServing({ store });
  frozen = true;
  const real = { ...simulatedVersion('v2'), pipeline };
  const { shadow, timers } = start(async () => ranking(ascending), { shadow: real, serving: () => pipeline });
  shadow.answered({ requestId: 'r', memberId: dataset.members.ids[0] });
  await timers.advance(1);
  await shadow.close();
  expect(shadow.state()).toMatchObject({ compared: 1, means: { overlapAt10: 1, rankCorrelation: 1 } });
});
