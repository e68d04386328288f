import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { readServed, servedFile, servedFiles } from '../../datasets/served-log.ts';
import type { FeatureMatrix, RecRequest } from '../../src/domain/request.ts';
import { emptyProfile } from '../../src/features/profile.ts';
import { RANKING_FEATURE_NAMES } from '../../src/features/ranking-features.ts';
import { decodeLogged, eventsOfMember, type LoggedEvent } from '../../src/serving/events/event-log.ts';
import { decodeProfile } from '../../src/serving/profile-codec.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { featureSkew } from '../../src/serving/watching/feature-skew.ts';
import { openServedLog, type ServedLogParts } from '../../src/serving/watching/served-log.ts';
import type { PageSeen } from '../../src/serving/watching/server-watch.ts';
import { loggedExamples } from '../../src/training/logged-examples.ts';
import { manualTimers } from './manual-timers.ts';
import { dataset, NOW, profileOf } from './serving-fixture.ts';
import { startWatched } from './watching-fixture.ts';

const root = mkdtempSync(join(tmpdir(), 'marquee-served-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const folder = (): string => join(root, `log-${++folders}`);

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});

/** Of a member's profile and a title; the second changes with every play and impression. */
const define = ({ profile }: RecRequest, items: Uint32Array): FeatureMatrix => ({
  names: ['plays', 'taste'],
  rows: items.length,
  values: Float32Array.from(
    [...items].flatMap((title) => [
      profile.playCount,
      profile.genreExamined[title % profile.genreExamined.length] +
        Math.log1p(profile.historyTitles.indexOf(title) + 1),
    ]),
  ),
});

const logParts = (dir: string): ServedLogParts & { readonly counted: Record<string, number> } => {
  const counted: Record<string, number> = { written: 0, dropped: 0 };
  return {
    ...{ folder: dir, titleIds: dataset.titles.ids, clock: { now: () => NOW }, timers: manualTimers() },
    counted,
    onLogged(what, titles) {
      counted[what] += titles;
    },
    onFailure: () => undefined,
  };
};

/** Pages of some members, who play and are shown things in between; their log, and what reads it. */
const servedWorld = async () => {
  const dir = folder();
  const log = openServedLog(logParts(dir));
  const server = await startWatched({
    pipeline: { features: { assemble: (request, { items }) => define(request, items) }, cachedPages: 1 },
    watch: { onEvidence: (seen) => log.offer(seen), versions: () => [] },
  });
  running.push(server);
  let count = 0;
  for (let round = 0; round < 3; round++) {
    for (const member of dataset.members.ids.slice(0, 5).concat('stranger')) {
      server.pass(60_000);
      const { requestId, rows } = (await server.homepage(member, `r-${++count}`)).json();
      server.pass(2_000);
      const [first, second] = rows[0].titles;
      const about = { member, requestId };
      await server.post([
        { ...about, eventId: `i${count}`, type: 'impression', title: first.id, row: 0, position: 0 },
        { ...about, eventId: `j${count}`, type: 'impression', title: second.id, row: 0, position: 1 },
        { ...about, eventId: `c${count}`, type: 'click', title: first.id },
        { ...about, eventId: `p${count}`, type: 'play', title: first.id, watchedFraction: 0.3 * round + 0.2 },
      ]);
    }
  }
  await log.close();
  return { dir, server, served: servedFiles(dir).map(readServed) };
};

const eventsIn = async (store: Store, memberId: string): Promise<LoggedEvent[]> => {
  const found: LoggedEvent[] = [];
  for await (const keys of store.keys(eventsOfMember(memberId))) {
    const values = await store.getMany(keys);
    keys.forEach((key, i) => void found.push(decodeLogged({ key, value: values[i] as Uint8Array })));
  }
  return found;
};

type World = Awaited<ReturnType<typeof servedWorld>>;
const skewOf = async (
  { server, served }: World,
  changes: { define?: typeof define; keep?: (event: LoggedEvent) => boolean } = {},
) => {
  const { keep = () => true } = changes;
  const { features, ...counts } = await featureSkew(served, {
    modelVersion: 'v1',
    members: dataset.members,
    profiles: dataset.members.ids.map((_, member) => profileOf(member)),
    stranger: emptyProfile(dataset.vocabulary.genres.length),
    fold(profile, done) {
      const { key, value } = server.profiles.folded('anybody', profile, done);
      return decodeProfile(value as Uint8Array, key);
    },
    titleRows: new Map(dataset.titles.ids.map((id, row) => [id, row])),
    vocabulary: dataset.vocabulary,
    features: changes.define ?? define,
    eventsOf: async (memberId) => (await eventsIn(server.store, memberId)).filter(keep),
  });
  return {
    ...counts,
    features,
    skewed: features.filter(({ skewed }) => skewed).map(({ feature }) => feature),
  };
};

describe('the skew check', () => {
  it('finds what was served and what is computed again equal to the last bit', async () => {
    const found = await skewOf(await servedWorld());
    expect(found).toMatchObject({ pages: 18, unsettled: 0, ofOtherVersions: 0, skewed: [] });
    for (const { unequalShare, largestDifference, n } of found.features) {
      expect({ unequalShare, largestDifference }).toEqual({ unequalShare: 0, largestDifference: 0 });
      expect(n).toBeGreaterThan(100);
    }
  });

  it('finds a definition that was changed, an event that is missing, and a feature that is gone', async () => {
    const world = await servedWorld();
    const changed: typeof define = (request, items) => {
      const { values, ...rest } = define(request, items);
      return { ...rest, values: values.map((value, i) => (i % 2 === 1 ? value * 1.01 : value)) };
    };
    expect((await skewOf(world, { define: changed })).skewed).toEqual(['taste']);
    const withoutPlays = await skewOf(world, { keep: ({ event }) => event.type !== 'play' });
    expect(withoutPlays.skewed).toEqual(['plays']);
    const gone: typeof define = (request, items) => ({
      ...define(request, items),
      names: ['plays', 'other'],
    });
    expect((await skewOf(world, { define: gone })).skewed).toEqual(['taste']);
  });

  it('leaves out pages of which it cannot be told what they knew', async () => {
    const world = await servedWorld();
    const older = world.served.map((log) => ({
      ...log,
      modelVersion: log.modelVersion.map((_, i) => (i < 5 ? 'v0' : 'v1')),
    }));
    expect((await skewOf({ ...world, served: older })).ofOtherVersions).toBe(1);
    // events came two seconds after their pages
    const together = world.served.map((log) => ({ ...log, time: log.time.map((time) => time + 2_000) }));
    expect(await skewOf({ ...world, served: together })).toMatchObject({ pages: 0, unsettled: 18 });
  });
});

describe('the served log', () => {
  const pageOf = async (): Promise<PageSeen> => {
    const server = await startWatched();
    running.push(server);
    await server.homepage(dataset.members.ids[0], 'r-1');
    return server.seen[0];
  };

  it('gives back what was served, a row for each title of the page', async () => {
    const parts = logParts(folder());
    const log = openServedLog(parts);
    const seen = await pageOf();
    log.offer(seen);
    await log.close();
    const [served] = servedFiles(parts.folder).map(readServed);
    const { evidence, rows } = seen.page;
    expect(served.title).toHaveLength(evidence!.titles.length);
    expect(parts.counted).toEqual({ written: evidence!.titles.length, dropped: 0 });
    expect(new Set(served.requestId)).toEqual(new Set(['r-1']));
    served.title.forEach((id, i) => {
      const title = dataset.titles.ids.indexOf(id);
      expect(rows[served.row[i]].titles[served.position[i]]).toBe(title);
      const at = evidence!.titles.indexOf(title);
      expect(served.features.values.subarray(2 * i, 2 * i + 2)).toEqual(
        evidence!.features.values.subarray(2 * at, 2 * at + 2),
      );
      expect(served.scores['combined'][i]).toBe(evidence!.combined[at]);
    });
  });

  it('refuses a file of which one bit was turned, before it is parsed', async () => {
    const parts = logParts(folder());
    const log = openServedLog(parts);
    log.offer(await pageOf());
    await log.close();
    const [file] = servedFiles(parts.folder);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(file, bytes);
    expect(() => readServed(file)).toThrow(/expected .* as its name says/);
  });

  it('drops and counts what a disk that hangs does not take, and never waits', async () => {
    const parts = logParts(folder());
    let release = (): void => undefined;
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    const log = openServedLog({ ...parts, mostPages: 3, write: () => stuck });
    const seen = await pageOf();
    const titles = seen.page.evidence!.titles.length;
    for (let i = 0; i < 10; i++) log.offer(seen); // 3 being written, 3 waiting, 4 too many
    expect(parts.counted['dropped']).toBe(4 * titles);
    release();
    await log.close();
    expect(parts.counted['written']).toBe(6 * titles);
  });

  it('drops and tells what a full disk refuses, and goes on', async () => {
    const failures: unknown[] = [];
    const parts = { ...logParts(folder()), onFailure: (error: unknown) => void failures.push(error) };
    const full = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
    const log = openServedLog({ ...parts, write: () => Promise.reject(full) });
    log.offer(await pageOf());
    await log.close();
    expect(failures).toEqual([full]);
    expect(parts.counted['written']).toBe(0);
    expect(parts.counted['dropped']).toBeGreaterThan(0);
  });

  it('keeps no more than it may, the newest', async () => {
    const parts = logParts(folder());
    const log = openServedLog({ ...parts, keepBytes: 1 });
    const seen = await pageOf();
    for (let i = 0; i < 3; i++) {
      log.offer(seen);
      await log.flush();
    }
    await log.close();
    expect(readdirSync(parts.folder)).toEqual([]); // each is larger than a byte
    appendFileSync(join(parts.folder, 'mine.txt'), 'kept');
    expect(servedFiles(parts.folder)).toEqual([]);
    expect(servedFiles(join(parts.folder, 'nowhere'))).toEqual([]);
  });
});

describe('training from what was served', () => {
  const n = 6;
  const served = readBack({
    ...{
      requestId: ['a', 'a', 'a', 'b', 'b', 'b'],
      member: Array(n).fill('m'),
      modelVersion: Array(n).fill('v'),
    },
    title: ['t0', 't1', 't2', 't0', 't1', 't2'],
    row: Uint8Array.of(0, 0, 1, 0, 0, 1),
    position: Uint8Array.of(0, 1, 0, 0, 1, 0),
    time: new Float64Array(n).fill(NOW),
    device: new Uint8Array(n).fill(1),
    artworkPropensity: new Float32Array(n).fill(1),
    features: {
      names: [...RANKING_FEATURE_NAMES].reverse(),
      rows: n,
      values: Float32Array.from({ length: n * RANKING_FEATURE_NAMES.length }, (_, i) => i),
    },
    scores: { combined: new Float32Array(n) },
  });

  it('takes the features as they were logged, and labels them with what came later', () => {
    const shown = (requestId: string, title: string) => ({ type: 'impression', requestId, title });
    const examples = loggedExamples(
      [served],
      [
        { type: 'play', requestId: 'a', title: 't1', watchedFraction: 0.9 }, // before it is reported as shown
        ...[shown('a', 't0'), shown('a', 't1'), shown('b', 't2'), shown('c', 't0')],
        { type: 'click', requestId: 'b', title: 't2' },
        { type: 'stop', requestId: 'b', title: 't2', watchedFraction: 0.1 },
        { type: 'click', requestId: 'b', title: 't0' }, // never reported as shown
      ],
      (device, row, position) => 1 / (1 + device + row + position),
    );
    expect(examples.rows).toBe(3);
    expect([...examples.clicked.subarray(0, 3)]).toEqual([0, 1, 1]);
    expect([...examples.finished.subarray(0, 3)]).toEqual([Number.NaN, 1, 0]);
    expect([...examples.group.subarray(0, 3)]).toEqual([0, 0, 1]);
    expect([...examples.examined.subarray(0, 3)]).toEqual([1 / 2, 1 / 3, 1 / 3].map(Math.fround));
    const width = RANKING_FEATURE_NAMES.length;
    // the log's columns stand in the other order: the row of served title 5 is 5 width + (width - 1 - f)
    for (let f = 0; f < width; f++) expect(examples.features[2 * width + f]).toBe(5 * width + width - 1 - f);
  });

  it('refuses a log without a feature that the ranker reads', () => {
    const { features } = served;
    const other = {
      ...served,
      features: { ...features, names: features.names.map((name) => `old-${name}`) },
    };
    expect(() => loggedExamples([other], [], () => 1)).toThrow(/expected retrieval-score among them/);
  });
});

function readBack(titles: ReturnType<typeof readServed>): ReturnType<typeof readServed> {
  const { name, bytes } = servedFile('test', titles);
  const file = join(root, name);
  writeFileSync(file, bytes);
  return readServed(file);
}
