import { expect, it } from 'vitest';
import type { Store } from '../../src/serving/stores/contract.ts';
import { loadOnce } from '../../src/serving/stores/load-once.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { keysOf } from '../contracts/describe-store.ts';

const writes = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ key: `w/${i}`, value: new Uint8Array(1) }));

it('loads once, however many begin at once, and each returns when all is there', async () => {
  const store = createMemoryStore();
  const counts = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const written = await loadOnce(store, 'loaded/w', writes(5_000));
      expect(await store.get('w/4999')).toEqual(new Uint8Array(1));
      return written;
    }),
  );
  expect(counts.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 5_000]);
  expect((await keysOf(store)).filter((key) => !key.startsWith('w/'))).toEqual(['loaded/w']);
});

it('is taken over from a loader that died, and from one that failed at once', async () => {
  let now = 0;
  const store = createMemoryStore({ now: () => now });
  const failing: Store = { ...store, batch: () => Promise.reject(new Error('disk full')) };
  await expect(loadOnce(failing, 'loaded/w', writes(10))).rejects.toThrow('disk full');
  expect(await loadOnce(store, 'loaded/x', writes(10))).toBe(10);
  const dead: Store = { ...failing, delete: () => Promise.reject(new Error('gone')) };
  await expect(loadOnce(dead, 'loaded/y', writes(10))).rejects.toThrow('disk full');
  let taken = false;
  const taking = loadOnce(store, 'loaded/y', writes(10)).then((count) => {
    taken = true;
    return count;
  });
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(taken).toBe(false);
  now += 5_000;
  expect(await taking).toBe(10);
});

it('leaves the place to who took it over', async () => {
  let now = 0;
  const store = createMemoryStore({ now: () => now });
  const slow: Store = {
    ...store,
    async batch(batch) {
      now += 6_000;
      await store.put('lease/loaded/w', new Uint8Array(3), 5_000); // another's, by now
      await store.batch(batch);
    },
  };
  await expect(loadOnce(slow, 'loaded/w', writes(251))).rejects.toMatchObject({ code: 'lease-lost' });
  expect(await store.get('loaded/w')).toBeUndefined();
});

it('lets others have the thread while it makes its writes', async () => {
  const slow = function* () {
    for (const write of writes(40)) {
      for (const until = performance.now() + 3; performance.now() < until; );
      yield write;
    }
  };
  let turns = 0;
  const next = (): NodeJS.Immediate =>
    setImmediate(() => {
      turns += 1;
      waiting = next();
    });
  let waiting = next();
  await loadOnce(createMemoryStore(), 'loaded/w', slow());
  clearImmediate(waiting);
  expect(turns).toBeGreaterThan(10); // 120 ms of work, in slices of 4 ms and a write
});
