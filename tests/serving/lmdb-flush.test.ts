import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterEach, expect, it } from 'vitest';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';

const folder = mkdtempSync(join(tmpdir(), 'marquee-flush-'));
const closings: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** Whether the key is in what the file holds when only flushed commits count, as after a power cut. */
const isOnDisk = async (source: string, copy: string, key: string): Promise<boolean> => {
  mkdirSync(copy);
  copyFileSync(join(source, 'data.mdb'), join(copy, 'data.mdb'));
  const db = open<Buffer, Buffer>({
    ...{ path: copy, noSubdir: false, encoding: 'binary', keyEncoding: 'binary' },
    ...{ overlappingSync: true, safeRestore: true },
  });
  const value = db.getBinary(Buffer.from(key, 'latin1'));
  await db.close();
  return value !== undefined;
};

it('a write to the embedded store is acknowledged when it is on disk', async () => {
  const source = join(folder, 'store');
  const store = openLmdbStore(source);
  closings.push(() => store.close());
  const value = Buffer.alloc(1 << 20); // which takes the disk a while
  for (let i = 0; i < 8; i++) {
    const [put, applied] = [`put/{m${i}}`, `applied/{m${i}}`];
    await store.put(put, value);
    expect(await isOnDisk(source, join(folder, `put-${i}`), put)).toBe(true);
    await store.apply([applied], () => ({ writes: [{ key: applied, value }], result: undefined }));
    expect(await isOnDisk(source, join(folder, `applied-${i}`), applied)).toBe(true);
  }
});
