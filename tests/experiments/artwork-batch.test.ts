import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { runArtworkBatch } from '../../src/experiments/artwork-batch.ts';
import { chunkBytes } from '../../src/experiments/artwork-chunk.ts';
import { plantedBatch } from './planted-batch.ts';

const root = mkdtempSync(join(tmpdir(), 'marquee-batch-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const batch = plantedBatch();
const chunks = Math.ceil(batch.members.length / batch.membersPerChunk);
const whole = new Uint8Array(
  Array.from({ length: chunks }, (_, chunk) => [...chunkBytes(batch, chunk)]).flat(),
);

const RUN = fileURLToPath(new URL('./artwork-batch-run.ts', import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

const start = (dir: string, out: string): ChildProcess =>
  spawn(process.execPath, ['--import', LOADER, RUN, dir, out], { stdio: ['ignore', 'pipe', 'inherit'] });

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.on('exit', (code) => resolve(code)));

const doneIn = (dir: string): number => {
  const list = join(dir, 'done.json');
  return existsSync(list) ? Object.keys(JSON.parse(readFileSync(list, 'utf8')).done).length : 0;
};

describe('a batch of artworks', () => {
  it('gives the same bytes however many threads share it', async () => {
    const alone = await runArtworkBatch(batch, { dir: join(root, 'alone'), threads: 0 });
    expect(Buffer.compare(alone, whole)).toBe(0);
    const shared = await runArtworkBatch(batch, { dir: join(root, 'shared'), threads: 2 });
    expect(Buffer.compare(shared, whole)).toBe(0);
    expect(existsSync(join(root, 'shared'))).toBe(false);
  });

  it('killed at random moments, goes on to the very bytes of a run that was left alone', async () => {
    const [dir, out] = [join(root, 'killed'), join(root, 'choices')];
    const rng = createRng(2);
    const progress: number[] = [];
    for (let kill = 0; kill < 3; kill++) {
      const child = start(dir, out);
      const gone = ended(child);
      const before = doneIn(dir);
      while (doneIn(dir) < before + 3 && child.exitCode === null) await sleep(1); // it has begun to work
      await sleep(15 * rng.next());
      child.kill('SIGKILL');
      await gone;
      progress.push(doneIn(dir));
    }
    expect(progress[0]).toBeGreaterThan(0);
    expect(progress[1]).toBeGreaterThan(progress[0]); // what was done is not begun again
    expect(progress[2]).toBeGreaterThan(progress[1]);
    expect(progress[2]).toBeLessThan(chunks); // it was truly killed on the way
    expect(await ended(start(dir, out))).toBe(0);
    expect(Buffer.compare(readFileSync(out), whole)).toBe(0);
  });
});
