import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { CandidateGenerator } from '../../src/candidate-gen/contract.ts';
import { dependencyError } from '../../src/domain/errors.ts';
import { UNKNOWN_MEMBER } from '../../src/domain/request.ts';
import { emptyProfile } from '../../src/features/profile.ts';
import { createSingleRow } from '../../src/ranking/page/single-row.ts';
import { systemTimers } from '../../src/serving/deadline.ts';
import type { Dressed, Served } from '../../src/serving/pipelines/journey.ts';
import type { ArtworkChoice, HomeParts, Source } from '../../src/serving/pipelines/parts.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { type ManualTimers, manualTimers } from './manual-timers.ts';
import { startServing } from './serving-fixture.ts';

const never = (): Promise<never> => new Promise(() => undefined);
const isAway = (): Promise<never> => Promise.reject(dependencyError('away', 'the thing is away'));
const isBroken = (): Promise<never> => Promise.reject(new TypeError('x is undefined'));
const mostTakenOf = (titles: Uint32Array): ArtworkChoice => ({
  artworks: titles.map((title) => 2 * title),
  propensities: new Float32Array(titles.length).fill(1),
  selected: new Uint8Array(titles.length),
});

const source = (name: string, generate: CandidateGenerator['generate']): Source => ({
  generator: { name, generate },
});
/** Proposes titles 30 to 39, which is nothing like the popular ones. */
const steady = source('steady', async () => ({
  items: Uint32Array.from({ length: 10 }, (_, i) => 30 + i),
  scores: Float32Array.from({ length: 10 }, (_, i) => -i),
}));

/** Homepages of a pipeline with changed parts, in a time that only the test moves. */
const serve = async (change: (timers: ManualTimers) => Partial<HomeParts>, store?: Store) => {
  const timers = manualTimers();
  const { pipeline, app } = await startServing({
    pipeline: { timers, ...change(timers) },
    ...(store === undefined ? {} : { store }),
  });
  await app.close();
  const bugs: string[] = [];
  const observer = {
    stageEnded: () => undefined,
    bugFound: (stage: string, error: unknown) => bugs.push(`${stage}: ${String(error)}`),
  };
  const homepage = async (memberId = 'member-0', waitMs = 1_000): Promise<Served<Dressed>> => {
    const asked = pipeline.homepage({ requestId: 'r', memberId }, observer);
    await timers.advance(waitMs);
    return await asked;
  };
  return { homepage, bugs, timers, pipeline, observer };
};
const shown = ({ value }: Served<Dressed>): number[] => value.rows.flatMap(({ titles }) => [...titles]);
const durationOf = ({ reports }: Served<Dressed>, stage: string): number | undefined =>
  reports.find((report) => report.stage === stage)?.durationMs;

describe('a homepage whose profile is late or away', () => {
  it.each([
    ['late', never],
    ['dependency', isAway],
  ] as const)('(%s) is the cold-start page within 5 ms', async (reason, profile) => {
    const { homepage, bugs } = await serve(() => ({
      profiles: { profile, coldStart: () => ({ member: UNKNOWN_MEMBER, profile: emptyProfile(7) }) },
    }));
    const served = await homepage();
    expect(served.degraded).toEqual([{ stage: 'context', reason }]);
    expect(served.value.origin).toBe('popular');
    expect(shown(served).length).toBeGreaterThan(20);
    expect(durationOf(served, 'context')).toBeLessThanOrEqual(5);
    expect(bugs).toEqual([]);
  });

  it('is the cold-start page when the profile in the store is damaged', async () => {
    const store = createMemoryStore();
    const { homepage } = await serve(() => ({}), store);
    await store.put('profile/{member-0}', new Uint8Array(3));
    expect((await homepage()).degraded).toEqual([{ stage: 'context', reason: 'dependency' }]);
  });
});

describe('a homepage whose sources', () => {
  it.each([
    ['late', never],
    ['dependency', isAway],
    ['bug', isBroken],
  ] as const)('are in part away (%s) is made of those that answered', async (reason, generate) => {
    const { homepage, bugs } = await serve(() => ({ sources: [source('faulty', generate), steady] }));
    const served = await homepage();
    expect(served.degraded).toEqual([{ stage: 'candidate-generation.faulty', reason }]);
    expect(shown(served).some((title) => title >= 30 && title < 40)).toBe(true);
    expect(durationOf(served, 'candidate-generation')).toBeLessThanOrEqual(8);
    expect(bugs).toEqual(reason === 'bug' ? ['candidate-generation.faulty: TypeError: x is undefined'] : []);
  });

  it('are all away is made of popular titles', async () => {
    const { homepage } = await serve(() => ({ sources: [source('one', never), source('two', isAway)] }));
    const served = await homepage();
    expect(served.degraded).toEqual([
      { stage: 'candidate-generation.two', reason: 'dependency' },
      { stage: 'candidate-generation.one', reason: 'late' },
      { stage: 'candidate-generation', reason: 'dependency' },
    ]);
    expect(served.value.origin).toBe('popular');
    expect(shown(served).length).toBeGreaterThan(20);
  });

  it('propose a title that is none is made of popular titles, and that is a bug', async () => {
    const wild = source('wild', async () => ({ items: Uint32Array.of(60), scores: Float32Array.of(1) }));
    const { homepage, bugs } = await serve(() => ({ sources: [wild] }));
    expect((await homepage()).degraded).toEqual([{ stage: 'candidate-generation', reason: 'bug' }]);
    expect(bugs).toHaveLength(1);
  });
});

describe('a homepage whose ranker', () => {
  const ranker = (score: HomeParts['ranker']['score']): Partial<HomeParts> => ({
    sources: [steady],
    ranker: { name: 'faulty', featureNames: [], score },
    pageBuilder: createSingleRow(),
  });

  it.each([
    ['late', never],
    ['dependency', isAway],
    ['bug', isBroken],
    ['bug', async () => ({ combined: new Float32Array(3), heads: {} })],
    ['bug', async () => ({ combined: new Float32Array(10).fill(Number.NaN), heads: {} })],
  ] as const)('fails (%s) is in the order of retrieval', async (reason, score) => {
    const { homepage, bugs } = await serve(() => ranker(score));
    const served = await homepage();
    expect(served.degraded).toEqual([{ stage: 'ranking', reason }]);
    expect(shown(served)).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
    expect(durationOf(served, 'ranking')).toBeLessThanOrEqual(50);
    expect(bugs).toHaveLength(reason === 'bug' ? 1 : 0);
  });

  it('cannot put its features together is in the order of retrieval, and that is a bug', async () => {
    const assemble = (): never => {
      throw new RangeError('a column has moved');
    };
    const { homepage, bugs } = await serve(() => ({ sources: [steady], features: { assemble } }));
    expect((await homepage()).degraded).toEqual([{ stage: 'ranking', reason: 'bug' }]);
    expect(bugs).toEqual(['ranking: RangeError: a column has moved']);
  });

  it('takes longer than its budget without letting go of the thread keeps its scores, and is late', async () => {
    const { homepage } = await serve((timers) =>
      ranker(async (_request, pool) => {
        timers.hold(60);
        return { combined: Float32Array.from(pool.items), heads: {} };
      }),
    );
    const served = await homepage();
    expect(served.degraded).toEqual([]);
    expect(served.reports.find(({ stage }) => stage === 'ranking')).toMatchObject({ status: 'late' });
    expect(shown(served)).toEqual([39, 38, 37, 36, 35, 34, 33, 32, 31, 30]);
  });

  it('uses up the time of the whole request leaves its scores in one row with default artworks', async () => {
    const { homepage } = await serve((timers) =>
      ranker(async (_request, pool) => {
        timers.hold(120);
        return { combined: Float32Array.from(pool.items), heads: {} };
      }),
    );
    const served = await homepage();
    expect(served.degraded).toEqual([
      { stage: 'page', reason: 'late' },
      { stage: 'artwork', reason: 'late' },
    ]);
    expect(served.value.rows).toHaveLength(1);
    expect(shown(served)[0]).toBe(39);
    expect([...served.value.rows[0].choice.selected]).not.toContain(1);
  });
});

describe('a homepage whose page builder', () => {
  it.each([
    ['throws', () => broke()],
    ['shows a title twice', () => ({ rows: [row(1, 2, 1)] })],
    ['shows a title that is none', () => ({ rows: [row(60)] })],
    ['forgets a reason', () => ({ rows: [{ ...row(1), reasons: [] }] })],
    ['forgets a score', () => ({ rows: [{ ...row(1), scores: new Float32Array(0) }] })],
  ])('%s is one row in ranked order, and that is a bug', async (_, build) => {
    const { homepage, bugs } = await serve(() => ({ pageBuilder: { name: 'faulty', build } }));
    const served = await homepage();
    expect(served.degraded).toEqual([{ stage: 'page', reason: 'bug' }]);
    expect(served.value.rows.map(({ template }) => template)).toEqual(['top-picks']);
    expect(bugs).toHaveLength(1);
  });

  const broke = (): never => {
    throw new TypeError('no row');
  };
  const row = (...titles: number[]) => ({
    template: 'odd',
    heading: 'Odd',
    titles: Uint32Array.from(titles),
    scores: new Float32Array(titles.length),
    reasons: titles.map(() => ({ kind: 'top-pick' }) as const),
  });
});

describe('a homepage whose artworks', () => {
  it.each([
    ['late', never],
    ['dependency', isAway],
    ['bug', isBroken],
    [
      'bug',
      async () => ({
        artworks: new Uint32Array(1),
        propensities: new Float32Array(1),
        selected: new Uint8Array(1),
      }),
    ],
    [
      'bug',
      async (_: string, titles: Uint32Array) => ({
        artworks: new Uint32Array(titles.length).fill(120),
        propensities: new Float32Array(titles.length),
        selected: new Uint8Array(titles.length),
      }),
    ],
  ] as const)('fail (%s) shows the most taken of each title', async (reason, forTitles) => {
    const { homepage, bugs } = await serve(() => ({ artworks: { forTitles, defaults: mostTakenOf } }));
    const served = await homepage();
    expect(served.degraded).toEqual([{ stage: 'artwork', reason }]);
    for (const { titles, choice } of served.value.rows)
      expect([...choice.artworks]).toEqual([...titles.map((title) => 2 * title)]);
    expect(durationOf(served, 'artwork')).toBeLessThanOrEqual(5);
    expect(bugs).toHaveLength(reason === 'bug' ? 1 : 0);
  });
});

describe('a homepage for which one member is as good as another', () => {
  const failing = (isFailing: () => boolean): Partial<HomeParts> => ({
    sources: [source('one', (...asked) => (isFailing() ? isAway() : steady.generator.generate(...asked)))],
  });

  it("is the member's last whole page where there is one, and nobody else's", async () => {
    let isFailing = false;
    const { homepage } = await serve(() => failing(() => isFailing));
    const good = await homepage('member-5');
    expect([good.value.origin, good.degraded]).toEqual(['personalised', []]);
    isFailing = true;
    const served = await homepage('member-5');
    expect(served.value.origin).toBe('cached');
    expect(shown(served).length).toBeGreaterThan(5);
    expect(shown(good)).toEqual(expect.arrayContaining(shown(served))); // less what the member watched
    expect(served.degraded).toContainEqual({ stage: 'candidate-generation', reason: 'dependency' });
    expect((await homepage('member-6')).value.origin).toBe('popular');
  });

  it('is cached also where the profile is what is away', async () => {
    const store = createMemoryStore();
    const { homepage } = await serve(() => ({}), store);
    await homepage('member-5');
    await store.close();
    expect((await homepage('member-5')).value.origin).toBe('cached');
  });

  it('does not keep a degraded page as the last whole one', async () => {
    let isFailing = false;
    const { homepage } = await serve(() => ({
      ...failing(() => isFailing),
      ranker: { name: 'away', featureNames: [], score: isAway },
    }));
    expect((await homepage('member-5')).value.origin).toBe('personalised');
    isFailing = true;
    expect((await homepage('member-5')).value.origin).toBe('popular');
  });
});

describe('a homepage that cannot be made in time at all', () => {
  /** The ranker leaves 3 ms of the request, which the artworks would need more of. */
  const slow = (timers: ManualTimers, isSlow: () => boolean): Partial<HomeParts> => ({
    ranker: {
      name: 'slow',
      featureNames: [],
      async score(_request, pool) {
        if (isSlow()) timers.hold(97);
        return { combined: Float32Array.from(pool.items), heads: {} };
      },
    },
    artworks: {
      forTitles: async (_, titles) => (isSlow() ? await never() : mostTakenOf(titles)),
      defaults: (titles) => mostTakenOf(titles),
    },
  });

  it('is the popular page for a member without an earlier one', async () => {
    const { homepage } = await serve((timers) => slow(timers, () => true));
    const served = await homepage('member-5');
    expect(served.value.origin).toBe('popular');
    expect(served.value.rows).toHaveLength(1);
    expect(shown(served).length).toBeGreaterThan(15); // of 20, less what the member watched
    expect(served.degraded.at(-1)).toEqual({ stage: 'request', reason: 'late' });
    expect(durationOf(served, 'request')).toBe(100);
  });

  it("is the member's last whole page where there is one", async () => {
    let isSlow = false;
    const { homepage } = await serve((timers) => slow(timers, () => isSlow));
    const good = await homepage('member-5');
    isSlow = true;
    const served = await homepage('member-5');
    expect(served.value.origin).toBe('cached');
    expect(shown(served)).toEqual(shown(good));
    expect(served.degraded.at(-1)).toEqual({ stage: 'request', reason: 'late' });
  });

  it('ends in the cached page, and as a bug, where a fallback fails too', async () => {
    let isFailing = false;
    const { homepage, bugs } = await serve(() => ({
      sources: [source('one', (...asked) => (isFailing ? isAway() : steady.generator.generate(...asked)))],
      popularity: { name: 'popularity', generate: isBroken },
    }));
    await homepage('member-5');
    isFailing = true;
    const served = await homepage('member-5');
    expect(served.value.origin).toBe('cached');
    expect(served.degraded).toContainEqual({ stage: 'request', reason: 'bug' });
    expect(bugs).toHaveLength(1);
  });
});

describe('a plain list', () => {
  it('falls back as a homepage does', async () => {
    const { pipeline, observer, timers } = await serve(() => ({ sources: [source('one', never)] }));
    const asked = pipeline.recommendations({ requestId: 'r', memberId: 'nobody', k: 3 }, observer);
    await timers.advance(200);
    const served = await asked;
    expect(served.value.titles).toHaveLength(3);
    expect(served.degraded).toContainEqual({ stage: 'candidate-generation', reason: 'dependency' });
  });
});

describe('over HTTP', () => {
  it('a degraded page is 200, names the stage in its body and header, is counted, and logged with its id', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => lines.push(line) });
    const { app } = await startServing({
      pipeline: {
        sources: [steady, source('broken', isBroken), source('hanging', never)],
        timers: systemTimers,
      },
      app: { logger },
    });
    const answer = await app.inject({
      url: '/v1/members/member-0/homepage',
      headers: { 'x-request-id': 'mine' },
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.json().degraded.slice(0, 2)).toEqual([
      { stage: 'candidate-generation.broken', reason: 'bug' },
      { stage: 'candidate-generation.hanging', reason: 'late' },
    ]);
    expect(answer.headers['server-timing']).toMatch(/candidate-generation\.hanging;dur=[\d.]+;desc="late"/);
    const { body } = await app.inject('/metrics');
    expect(body).toContain('marquee_degraded_total{stage="candidate-generation.broken",reason="bug"} 1');
    expect(body).toContain('marquee_degraded_total{stage="candidate-generation.hanging",reason="late"} 1');
    expect(body).toContain('marquee_bugs_total{stage="candidate-generation.broken"} 1');
    const bug = lines.map((line) => JSON.parse(line)).find(({ level }) => level === 50);
    expect(bug).toMatchObject({ requestId: 'mine', stage: 'candidate-generation.broken', msg: 'bug' });
    expect(bug.err.stack).toContain('x is undefined');
    await app.close();
  });

  it('a store that is away costs the profile and the artworks, not the page', async () => {
    const store = createMemoryStore();
    const { app } = await startServing({ store });
    await store.close();
    const answer = await app.inject('/v1/members/member-0/homepage');
    expect(answer.statusCode).toBe(200);
    expect(answer.json().degraded).toEqual([
      { stage: 'context', reason: 'dependency' },
      { stage: 'artwork', reason: 'dependency' },
    ]);
    await app.close();
  });

  it('a failure of every last resort is 500, and tells the caller nothing of it', async () => {
    const popularity = { name: 'popularity', generate: isBroken };
    const { app } = await startServing({ pipeline: { sources: [source('one', isAway)], popularity } });
    const answer = await app.inject('/v1/members/member-0/recommendations');
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toEqual({
      error: {
        code: 'internal',
        message: 'this is a bug of the server, and is logged as one',
        field: 'server',
      },
    });
    await app.close();
  });
});
