import { describe, expect, it } from 'vitest';
import { dependencyError } from '../../src/domain/errors.ts';
import { createApplyEvents } from '../../src/serving/events/apply-events.ts';
import { catchUp } from '../../src/serving/events/catch-up.ts';
import { decodeLogged, eventKey } from '../../src/serving/events/event-log.ts';
import type { MemberEvent } from '../../src/serving/events/event-schemas.ts';
import { createEventIngest } from '../../src/serving/events/ingest.ts';
import { createJournal, type Journal } from '../../src/serving/events/journal.ts';
import { createProfileStore } from '../../src/serving/profile-store.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { startUpkeep, upkeepRound } from '../../src/serving/upkeep.ts';
import { keysOf } from '../contracts/describe-store.ts';
import { manualTimers } from './manual-timers.ts';
import { dataset, NOW, profileOf } from './serving-fixture.ts';

const { titles, members, vocabulary } = dataset;
const play = (eventId: string, change: Partial<MemberEvent & { type: 'play' }> = {}): MemberEvent => ({
  ...{ type: 'play', eventId, member: 'member-0', title: 'title-9', watchedFraction: 0.5, at: NOW - 1_000 },
  ...change,
});

/** A machine with a journal before a shared store that may be away; several machines may share one. */
const machine = (shared: Store = createMemoryStore()) => {
  let now = NOW;
  let away = false;
  const clock = { now: () => now };
  const local = createMemoryStore();
  const reachable =
    <A extends unknown[], T>(ask: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> =>
      away ? Promise.reject(dependencyError('away', 'away')) : ask(...args);
  const store: Store = {
    ...shared,
    get: reachable(shared.get),
    getMany: reachable(shared.getMany),
    put: reachable(shared.put),
    batch: reachable(shared.batch),
    delete: reachable(shared.delete),
    // biome-ignore lint/suspicious/noExplicitAny: generic in its result
    apply: reachable(shared.apply as any) as Store['apply'],
  };
  const journal = createJournal(local, clock);
  const parts = { store, titleRows: new Map(titles.ids.map((id, row) => [id, row])), vocabulary };
  const profiles = createProfileStore({
    ...{ store, members, titleGenres: titles.genres, genreCount: vocabulary.genres.length },
  });
  const keeping = { journal, store, clock, apply: createApplyEvents({ ...parts, profiles }) };
  const fill = async (): Promise<void> => {
    const records = members.ids.map((memberId, member) => ({ memberId, profile: profileOf(member) }));
    await profiles.load({ version: 'v1', profiles: records });
  };
  return {
    shared,
    local,
    journal,
    keeping,
    fill,
    ingest: createEventIngest({ ...parts, profiles, clock, journal }),
    catchUp: () => catchUp(keeping),
    round: () => upkeepRound({ ...keeping, fill }),
    playsMore: async (member = 0) =>
      (await profiles.profile(`member-${member}`, NOW)).profile.playCount - profileOf(member).playCount,
    pass: (ms: number) => {
      now += ms;
    },
    setAway: (isAway: boolean) => {
      away = isAway;
    },
  };
};
const countOf = async (pages: AsyncIterable<unknown[]>): Promise<number> => {
  let count = 0;
  for await (const page of pages) count += page.length;
  return count;
};
const pendingIn = (journal: Journal): Promise<number> => countOf(journal.pending(Number.POSITIVE_INFINITY));

describe('an event before a shared store', () => {
  it('is applied at once while it can be reached', async () => {
    const { ingest, fill, journal, playsMore, shared } = machine();
    await fill();
    expect(await ingest.accept([play('e1'), play('e1'), play('e2', { member: 'member-1' })])).toEqual([
      ...['applied', 'duplicate', 'applied'],
    ]);
    expect([await playsMore(0), await playsMore(1)]).toEqual([1, 1]);
    const key = eventKey(play('e1'));
    const value = await shared.get(key);
    expect(value && decodeLogged({ key, value }).event).toEqual(play('e1'));
    expect(await pendingIn(journal)).toBe(0);
  });

  it('is acknowledged while it is away, and applied once when it is back, as of when it first came', async () => {
    const { ingest, fill, catchUp, pass, setAway, playsMore, shared, journal } = machine();
    await fill();
    setAway(true);
    expect(await ingest.accept([play('e1'), play('e2', { member: 'member-1' })])).toEqual([
      'stored',
      'stored',
    ]);
    pass(5_000);
    expect(await ingest.accept([play('e1')])).toEqual(['stored']);
    await expect(catchUp()).rejects.toMatchObject({ code: 'away' });
    expect(await pendingIn(journal)).toBe(2);
    setAway(false);
    await catchUp();
    await catchUp();
    expect([await playsMore(0), await playsMore(1)]).toEqual([1, 1]);
    const logged = JSON.parse(new TextDecoder().decode(await shared.get(eventKey(play('e1')))));
    expect(logged.receivedAt).toBe(NOW);
    expect(await pendingIn(journal)).toBe(0);
    expect(await ingest.accept([play('e1')])).toEqual(['duplicate']);
  });

  it('is left to who took it while that is under way', async () => {
    const { ingest, fill, catchUp, pass, setAway, playsMore } = machine();
    await fill();
    setAway(true);
    await ingest.accept([play('e1')]);
    setAway(false);
    await catchUp();
    expect(await playsMore()).toBe(0);
    pass(1_001);
    await catchUp();
    expect(await playsMore()).toBe(1);
  });

  it('is not acknowledged when this machine cannot write it down', async () => {
    const { ingest, local } = machine();
    local.apply = () => Promise.reject(dependencyError('store-failed', 'disk full'));
    await expect(ingest.accept([play('e1')])).rejects.toMatchObject({ code: 'store-failed' });
  });

  it('is applied again where the store took it and lost it with the profile, and only there', async () => {
    const { ingest, fill, catchUp, pass, playsMore, shared } = machine();
    await fill();
    const before = await shared.get('profile/{member-0}');
    await ingest.accept([play('e1'), play('e2', { member: 'member-1' }), play('e3', { title: 'unknown' })]);
    await shared.delete(eventKey(play('e1')));
    await shared.put('profile/{member-0}', before ?? new Uint8Array(0));
    pass(5_000);
    await catchUp();
    expect(await playsMore(0)).toBe(0); // not looked for yet
    pass(1);
    await catchUp();
    pass(60_000);
    await catchUp();
    expect([await playsMore(0), await playsMore(1)]).toEqual([1, 1]);
  });

  it('waits while the profile of its member is not loaded, and is then folded into that one', async () => {
    const { ingest, fill, catchUp, pass, playsMore } = machine();
    expect(await ingest.accept([play('e1')])).toEqual(['stored']);
    pass(1_001);
    await expect(catchUp()).rejects.toMatchObject({ code: 'profile-missing' });
    await fill();
    await catchUp();
    expect(await playsMore()).toBe(1);
  });

  it('of one member does not hold up those of others', async () => {
    const { ingest, fill, catchUp, pass, playsMore, shared } = machine();
    await fill();
    await shared.put('profile/{member-0}', new Uint8Array(3));
    await ingest.accept([play('e1'), play('e2', { member: 'member-1' })]);
    pass(1_001);
    await expect(catchUp()).rejects.toMatchObject({ code: 'profile-damaged' });
    expect(await playsMore(1)).toBe(1);
  });
});

describe('the upkeep of a shared store', () => {
  it('brings back everything that each machine acknowledged, to a store that came back empty', async () => {
    const one = machine();
    const other = machine(one.shared);
    for (const each of [one, other]) await each.round();
    await one.ingest.accept([play('e1'), play('e2', { member: 'member-1' })]);
    await other.ingest.accept([play('e3')]);
    for (const key of await keysOf(one.shared)) await one.shared.delete(key);
    for (const each of [one, other]) each.pass(100_000);
    await one.round();
    expect(await one.playsMore(0)).toBe(1);
    for (const each of [other, one, other]) await each.round();
    expect([await one.playsMore(0), await other.playsMore(1)]).toEqual([2, 1]);
  });

  it('goes round by itself, tells of failures, and ends when it is told', async () => {
    const { ingest, keeping, fill, playsMore, pass, setAway } = machine();
    await fill();
    setAway(true);
    await ingest.accept([play('e1')]);
    pass(1_001);
    const timers = manualTimers();
    const failures: unknown[] = [];
    const upkeep = startUpkeep({
      ...{ ...keeping, fill, timers, everyMs: 100 },
      onFailure: (error) => failures.push(error),
    });
    await timers.advance(250);
    expect(failures).toHaveLength(2);
    setAway(false);
    await timers.advance(100);
    expect(await playsMore()).toBe(1);
    await upkeep.close();
    await timers.advance(1_000);
    expect([failures.length, timers.pending]).toEqual([2, 0]);
  });
});
