import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/domain/clock.ts';
import { MarqueeError } from '../../src/domain/errors.ts';
import type { Store, Write } from '../../src/serving/stores/contract.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** A second opening of the same data, where the store can be opened twice. */
  readonly openAgain?: () => Store | Promise<Store>;
  readonly clean?: () => void;
}

const START = 1_700_000_000_000;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);
const counted = (value: Uint8Array | undefined): number => Number(text(value) ?? '0');

/** Every key with the prefix, in order. */
export const keysOf = async (store: Store, prefix = ''): Promise<string[]> => {
  const keys: string[] = [];
  for await (const page of store.keys(prefix)) keys.push(...page);
  return keys.sort();
};

/** What every store must do. `make` gives an empty one that tells time by the clock it is handed. */
export function describeStore(
  name: string,
  make: (clock: Clock) => StoreUnderTest | Promise<StoreUnderTest>,
): void {
  describe(`${name} is a store`, () => {
    let now = START;
    const made: StoreUnderTest[] = [];
    const opened: Store[] = [];
    const fresh = async (): Promise<StoreUnderTest> => {
      now = START;
      const under = await make({ now: () => now });
      made.push(under);
      return under;
    };
    const freshStore = async (): Promise<Store> => (await fresh()).store;
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
      for (const { store, clean } of made.splice(0)) {
        await store.close();
        clean?.();
      }
    });

    it('gives back what was put, the latest of it, and nothing where nothing was put', async () => {
      const store = await freshStore();
      expect(await store.get('a')).toBeUndefined();
      await store.put('a', bytes('one'));
      await store.put('a', bytes('two'));
      expect(text(await store.get('a'))).toBe('two');
    });

    it('keeps every byte, also none and many', async () => {
      const store = await freshStore();
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      const many = Uint8Array.from({ length: 300_000 }, (_, i) => i * 31);
      await store.batch([
        { key: 'all', value: all },
        { key: 'none', value: new Uint8Array(0) },
        { key: 'many', value: many },
      ]);
      expect(Array.from((await store.get('all')) ?? [])).toEqual(Array.from(all));
      expect(await store.get('none')).toHaveLength(0);
      expect(Buffer.compare((await store.get('many')) ?? new Uint8Array(0), many)).toBe(0);
    });

    it('hands out values that nobody else changes', async () => {
      const store = await freshStore();
      const mine = bytes('mine');
      await store.put('a', mine);
      mine.fill(0);
      const first = (await store.get('a')) ?? new Uint8Array(0);
      const [again] = await store.getMany(['a']);
      first.fill(0);
      again?.fill(0);
      for (let i = 0; i < 50; i++) await store.put(`b${i}`, bytes('other'));
      expect(text(await store.get('a'))).toBe('mine');
    });

    it('reads many keys in the order asked, absent ones and repeated ones included', async () => {
      const store = await freshStore();
      await store.batch([
        { key: 'a', value: bytes('1') },
        { key: 'b', value: bytes('2') },
      ]);
      expect((await store.getMany(['b', 'x', 'a', 'b'])).map(text)).toEqual(['2', undefined, '1', '2']);
      expect(await store.getMany([])).toEqual([]);
    });

    it('deletes, also what is not there', async () => {
      const store = await freshStore();
      await store.put('a', bytes('1'));
      await store.delete('a');
      await store.delete('never');
      expect(await store.get('a')).toBeUndefined();
    });

    it('applies a batch in its order, removals included, and an empty one', async () => {
      const store = await freshStore();
      await store.put('gone', bytes('1'));
      await store.batch([]);
      await store.batch([
        { key: 'a', value: bytes('first') },
        { key: 'gone', value: undefined },
        { key: 'a', value: bytes('last') },
      ]);
      expect((await store.getMany(['a', 'gone'])).map(text)).toEqual(['last', undefined]);
    });

    it('writes nothing of a batch with a key that is none', async () => {
      const store = await freshStore();
      const writes: Write[] = [
        { key: 'a', value: bytes('1') },
        { key: 'é', value: bytes('2') },
      ];
      await expect(store.batch(writes)).rejects.toThrow(RangeError);
      expect(await store.get('a')).toBeUndefined();
    });

    it.each(['', 'a b', 'a\n', 'é', 'x'.repeat(513)])('refuses the key %j', async (key) => {
      const store = await freshStore();
      await expect(store.get(key)).rejects.toThrow(RangeError);
      await expect(store.getMany(['a', key])).rejects.toThrow(RangeError);
      await expect(store.put(key, bytes('1'))).rejects.toThrow(RangeError);
      await expect(store.delete(key)).rejects.toThrow(RangeError);
      await expect(store.apply([key], () => ({ writes: [], result: 0 }))).rejects.toThrow(RangeError);
    });

    it('takes keys of 512 characters', async () => {
      const store = await freshStore();
      await store.put('~'.repeat(512), bytes('1'));
      expect(text(await store.get('~'.repeat(512)))).toBe('1');
    });

    it('tells every key that begins with a prefix, and no other', async () => {
      const store = await freshStore();
      const keys = ['a', 'p', 'p/', 'p/!', 'p/10', 'p/2', 'p/~', 'p/~~', 'p0', 'p*', 'p[/]', 'p?\\', 'q'];
      await store.batch(keys.map((key) => ({ key, value: bytes(key) })));
      for (const prefix of ['', 'p', 'p/', 'p/~', 'p*', 'p[/', 'p?', 'p?\\', 'none/']) {
        const expected = keys.filter((key) => key.startsWith(prefix)).sort();
        expect(await keysOf(store, prefix), prefix).toEqual(expected);
      }
      await expect(keysOf(store, 'é')).rejects.toThrow(RangeError);
    });

    it('tells each of many keys once, over all its pages, while others come and go', async () => {
      const store = await freshStore();
      const many = Array.from({ length: 2_500 }, (_, i) => `many/{m${i}}`);
      const passing = Array.from({ length: 200 }, (_, i) => `many/passing/${i}`);
      await store.batch([...many, ...passing].map((key) => ({ key, value: bytes('1') })));
      const told: string[] = [];
      for await (const page of store.keys('many/')) {
        told.push(...page);
        await store.batch(passing.map((key) => ({ key, value: undefined })));
        await store.put(`many/passing/late-${told.length}`, bytes('1'));
      }
      const steady = told.filter((key) => !key.startsWith('many/passing/'));
      expect(steady.sort()).toEqual(many.sort());
      expect(new Set(told).size).toBe(told.length);
    });

    it('forgets an entry when its time is over, and not before', async () => {
      const store = await freshStore();
      await store.put('short', bytes('1'), 1_000);
      await store.put('long', bytes('2'));
      now += 999;
      expect(text(await store.get('short'))).toBe('1');
      now += 1;
      expect((await store.getMany(['short', 'long'])).map(text)).toEqual([undefined, '2']);
      expect(await keysOf(store)).toContain('long');
      const seen = await store.apply(['short'], ([value]) => ({ writes: [], result: value }));
      expect(seen).toBeUndefined();
      await store.put('short', bytes('3'));
      now += 10_000;
      expect(text(await store.get('short'))).toBe('3');
      await expect(store.put('a', bytes('1'), 0)).rejects.toThrow(RangeError);
    });

    it('decides and writes as one: of 200 increments at once none is lost', async () => {
      const store = await freshStore();
      const increment = (): Promise<number> =>
        store.apply(['n'], ([value]) => {
          const next = counted(value) + 1;
          return { writes: [{ key: 'n', value: bytes(String(next)) }], result: next };
        });
      const results = await Promise.all(Array.from({ length: 200 }, increment));
      expect(counted(await store.get('n'))).toBe(200);
      expect(new Set(results).size).toBe(200);
    });

    it('moves between keys without a sum that changes, whatever runs beside it', async () => {
      const store = await freshStore();
      const accounts = ['{a}0', '{a}1', '{a}2', '{a}3'];
      await store.batch(accounts.map((key) => ({ key, value: bytes('100') })));
      const transfer = fc.record({ from: fc.nat(3), to: fc.nat(3), amount: fc.nat(150) });
      await fc.assert(
        fc.asyncProperty(fc.array(transfer, { maxLength: 20 }), async (transfers) => {
          await Promise.all(
            transfers.map(({ from, to, amount }) =>
              store.apply([accounts[from], accounts[to]], ([source, target]) => {
                const left = counted(source) - amount;
                if (left < 0 || from === to) return { writes: [], result: false };
                const writes = [
                  { key: accounts[from], value: bytes(String(left)) },
                  { key: accounts[to], value: bytes(String(counted(target) + amount)) },
                ];
                return { writes, result: true };
              }),
            ),
          );
          const balances = (await store.getMany(accounts)).map(counted);
          expect(balances.reduce((sum, balance) => sum + balance)).toBe(400);
          for (const balance of balances) expect(balance).toBeGreaterThanOrEqual(0);
        }),
        { numRuns: 10, seed: 7 },
      );
    });

    it('writes nothing when the decision throws, and lets its neighbours be', async () => {
      const store = await freshStore();
      const failing = store.apply(['a'], () => {
        throw new TypeError('undecided');
      });
      const straying = store.apply(['a'], () => ({ writes: [{ key: 'b', value: bytes('1') }], result: 0 }));
      const fine = store.apply(['c'], () => ({ writes: [{ key: 'c', value: bytes('1') }], result: 'done' }));
      await expect(failing).rejects.toThrow(TypeError);
      await expect(straying).rejects.toThrow(/'b'/);
      expect(await fine).toBe('done');
      expect((await store.getMany(['a', 'b', 'c'])).map(text)).toEqual([undefined, undefined, '1']);
    });

    it('decides only about keys of one partition', async () => {
      const store = await freshStore();
      const deciding = (keys: string[]) =>
        store.apply(keys, (current) => ({ writes: [], result: current.length }));
      expect(await deciding(['profile/{m1}', 'event/{m1}/e1', 'event/{m1}/{m2}'])).toBe(3);
      await expect(deciding(['profile/{m1}', 'profile/{m2}'])).rejects.toThrow(/'profile\/\{m2\}'/);
      await expect(deciding(['a', 'b'])).rejects.toThrow(RangeError);
    });

    it('answers as a map would, whatever is asked of it', async () => {
      const key = fc.constantFrom('a', 'ab', 'b', 'b/1', 'b/2');
      const step = fc.oneof(
        fc.record({ kind: fc.constant('put' as const), key, value: fc.uint8Array({ maxLength: 9 }) }),
        fc.record({ kind: fc.constant('delete' as const), key }),
        fc.record({ kind: fc.constant('keys' as const), prefix: fc.constantFrom('', 'a', 'b', 'b/') }),
      );
      const store = await freshStore();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
          const model = new Map<string, number[]>();
          await store.batch((await keysOf(store)).map((held) => ({ key: held, value: undefined })));
          for (const each of steps) {
            if (each.kind === 'put') {
              await store.put(each.key, each.value);
              model.set(each.key, [...each.value]);
            } else if (each.kind === 'delete') {
              await store.delete(each.key);
              model.delete(each.key);
            } else {
              const found = await keysOf(store, each.prefix);
              const expected = [...model].filter(([held]) => held.startsWith(each.prefix)).sort();
              expect(found).toEqual(expected.map(([held]) => held));
              const values = await store.getMany(found);
              expect(values.map((value) => [...(value ?? [])])).toEqual(expected.map(([, value]) => value));
            }
          }
        }),
        { numRuns: 15, seed: 11 },
      );
    });

    it('fails as a dependency once it is closed, and closes again without a word', async () => {
      const store = await freshStore();
      const pending = store.put('a', bytes('1'));
      const deciding = store.apply(['b'], () => ({
        writes: [{ key: 'b', value: bytes('1') }],
        result: 'done',
      }));
      await store.close();
      await pending;
      expect(await deciding).toBe('done');
      await store.close();
      const calls = [
        () => store.get('a'),
        () => store.getMany(['a']),
        () => store.put('a', bytes('1')),
        () => store.delete('a'),
        () => store.batch([{ key: 'a', value: undefined }]),
        () => keysOf(store),
        () => store.apply(['a'], () => ({ writes: [], result: 0 })),
      ];
      for (const call of calls) {
        const thrown = await call().then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(thrown).toBeInstanceOf(MarqueeError);
        expect(thrown).toMatchObject({ kind: 'dependency', code: 'store-closed' });
      }
    });

    it('shows what one opening wrote to every other, at once and after all are closed', async () => {
      const { store, openAgain } = await fresh();
      if (openAgain === undefined) return;
      const other = await openAgain();
      opened.push(other);
      for (let i = 0; i < 50; i++) {
        await store.put('shared', bytes(String(i)));
        expect(text(await other.get('shared'))).toBe(String(i));
      }
      await store.close();
      await other.close();
      const later = await openAgain();
      opened.push(later);
      expect(text(await later.get('shared'))).toBe('49');
    });
  });
}
