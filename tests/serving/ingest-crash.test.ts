/** What was acknowledged outlives `kill -9`, in short: `bench faults` kills a whole service 200 times. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { crashIngest, judgeIngest } from '../../bench/faults/ingest-crash.ts';
import { createRng } from '../../src/domain/rng.ts';
import { createProfileStore } from '../../src/serving/profile-store.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';
import { dataset } from './serving-fixture.ts';

const { titles, members, vocabulary } = dataset;
const memberIds = Array.from({ length: 40 }, (_, i) => `newcomer-${i}`);

const crash = async (kills: number, guards: readonly string[] = []) => {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-crash-'));
  const script = join(import.meta.dirname, 'serve-ingest.ts');
  const start = async () => {
    const args = ['--import', 'tsx', script, folder, ...guards];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const [url] = await once(child.stdout, 'data');
    const kill = async (): Promise<void> => {
      child.kill('SIGKILL');
      await ended;
    };
    return { url: String(url).trim(), kill };
  };
  const plan = { start, kills, longestLifeMs: 150, memberIds, titleIds: titles.ids, rng: createRng(8) };
  try {
    const crashes = await crashIngest(plan);
    const store = openLmdbStore(folder);
    const profiles = createProfileStore({
      ...{ store, members, titleGenres: titles.genres, genreCount: vocabulary.genres.length },
    });
    const titleRows = new Map(titles.ids.map((id, row) => [id, row]));
    const verdict = await judgeIngest(crashes, { store, profiles, titleRows, vocabulary, memberIds });
    await store.close();
    return { ...crashes, ...verdict };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

it('a server that is killed in ingest loses no acknowledged event and counts none twice', async () => {
  const { acknowledged, sentAgain, lost, duplicated } = await crash(3);
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(sentAgain).toBeGreaterThan(0);
  expect([lost, duplicated]).toEqual([0, 0]);
});

it('one that acknowledges before it writes loses some', async () => {
  const { lost } = await crash(1, ['ack-first']);
  expect(lost).toBeGreaterThan(0);
});
