import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/serving/stores/contract.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { describeStore } from '../contracts/describe-store.ts';

const counting = (folder: string, times: number): string[] => [
  ...['--import', 'tsx', join(import.meta.dirname, 'count-in-store.ts'), `lmdb:${folder}`, String(times)],
];

describeStore('memory', (clock) => ({ store: createMemoryStore(clock) }));

describeStore('lmdb', (clock) => {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-lmdb-'));
  return {
    store: openLmdbStore(folder, clock),
    openAgain: () => openLmdbStore(folder, clock),
    clean: () => rmSync(folder, { recursive: true, force: true }),
  };
});

describe('the LMDB store', () => {
  const folders: string[] = [];
  const newFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'marquee-lmdb-'));
    folders.push(folder);
    return folder;
  };
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  it('is made where its folder is missing', async () => {
    const folder = join(newFolder(), 'deep', 'store');
    const store = openLmdbStore(folder);
    await store.put('a', new Uint8Array(1));
    await store.close();
    const again = openLmdbStore(folder);
    expect(await again.get('a')).toHaveLength(1);
    await again.close();
  });

  it.each(['', 'x', 'x'.repeat(20_000)])(
    'opens over an empty data file and refuses another: %#',
    async (content) => {
      const folder = newFolder();
      writeFileSync(join(folder, 'data.mdb'), content);
      const opened = await Promise.resolve()
        .then(() => openLmdbStore(folder))
        .catch((error: unknown) => error);
      if (content === '') await (opened as Store).close();
      else {
        expect(opened).toMatchObject({ kind: 'dependency', code: 'store-unavailable' });
        expect(String(opened)).toContain(folder);
      }
    },
  );

  it('names the file that stands where its folder should', () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, 'not a folder');
    expect(() => openLmdbStore(file)).toThrow(expect.objectContaining({ kind: 'dependency' }));
    expect(() => openLmdbStore(file)).toThrow(file);
  });

  it('sees what another process wrote, even in the turn in which it read before', async () => {
    const shared = newFolder();
    const store = openLmdbStore(join(shared, 'counted'));
    expect(await store.get('n')).toBeUndefined();
    spawnSync(process.execPath, counting(shared, 1)); // no timer fires meanwhile
    expect(new TextDecoder().decode(await store.get('n'))).toBe('1');
    await store.close();
  });

  it('loses no increment of two processes that count in one folder', async () => {
    const shared = newFolder();
    const each = 300;
    const child = spawn(process.execPath, counting(shared, each), { stdio: ['ignore', 'pipe', 'inherit'] });
    const store = openLmdbStore(join(shared, 'counted'));
    const started = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await started;
    for (let i = 0; i < each; i++) {
      await store.apply(['n'], ([value]) => {
        const next = Number(value === undefined ? 0 : new TextDecoder().decode(value)) + 1;
        return { writes: [{ key: 'n', value: new TextEncoder().encode(String(next)) }], result: next };
      });
    }
    expect(await ended).toBe(0);
    expect(new TextDecoder().decode(await store.get('n'))).toBe(String(2 * each));
    await store.close();
  });
});
