import { describe, expect, it } from 'vitest';
import { createCache } from '../../src/serving/cache.ts';

const never = new AbortController().signal;
const inOrder = <T>(...values: T[]): (() => Promise<T>) => {
  let next = 0;
  return async () => values[next++];
};
const controlled = <T>() => {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  let signal: AbortSignal | undefined;
  let loads = 0;
  const load = (given: AbortSignal): Promise<T> => {
    loads += 1;
    signal = given;
    return new Promise((yes, no) => {
      resolve = yes;
      reject = no;
    });
  };
  return {
    load,
    resolve: (value: T) => resolve(value),
    reject: (error: unknown) => reject(error),
    isAborted: () => signal?.aborted,
    loads: () => loads,
  };
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a cache', () => {
  const make = (overrides: { maxEntries?: number; freshMs?: number; staleMs?: number } = {}) => {
    let now = 1_000;
    const failures: string[] = [];
    const cache = createCache<string>({
      maxEntries: 100,
      freshMs: 10,
      staleMs: 20,
      clock: { now: () => now },
      onStaleFailure: (key, error) => failures.push(`${key}: ${String(error)}`),
      ...overrides,
    });
    return {
      cache,
      failures,
      pass: (ms: number) => {
        now += ms;
      },
    };
  };

  it('loads once, then hits while the value is fresh', async () => {
    const { cache, pass } = make();
    const load = inOrder('one', 'two');
    expect(await cache.getOrLoad('k', load, never)).toEqual({ value: 'one', outcome: 'miss' });
    pass(9);
    expect(await cache.getOrLoad('k', load, never)).toEqual({ value: 'one', outcome: 'hit' });
    expect(await cache.getOrLoad('other', load, never)).toEqual({ value: 'two', outcome: 'miss' });
  });

  it('answers with the old value and loads a new one behind it, once', async () => {
    const { cache, pass } = make();
    await cache.getOrLoad('k', inOrder('old'), never);
    pass(10);
    const { load, resolve, loads } = controlled<string>();
    expect(await cache.getOrLoad('k', load, never)).toEqual({ value: 'old', outcome: 'stale' });
    expect(await cache.getOrLoad('k', load, never)).toEqual({ value: 'old', outcome: 'stale' });
    await turn();
    expect(loads()).toBe(1);
    resolve('new');
    await turn();
    expect(await cache.getOrLoad('k', load, never)).toEqual({ value: 'new', outcome: 'hit' });
  });

  it('tells of a load that failed behind a stale answer, and keeps the old value', async () => {
    const { cache, pass, failures } = make();
    await cache.getOrLoad('k', inOrder('old'), never);
    pass(15);
    await cache.getOrLoad('k', () => Promise.reject(new Error('away')), never);
    await turn();
    expect(failures).toEqual(['k: Error: away']);
    expect(cache.peek('k')).toBe('old');
  });

  it('loads anew when the value is too old even for that', async () => {
    const { cache, pass } = make();
    await cache.getOrLoad('k', inOrder('old'), never);
    pass(30);
    expect(await cache.getOrLoad('k', inOrder('new'), never)).toEqual({ value: 'new', outcome: 'miss' });
  });

  it('lets everyone who asks meanwhile share one load, and its failure, which is not kept', async () => {
    const { cache } = make();
    const { load, resolve, reject, loads } = controlled<string>();
    const first = cache.getOrLoad('k', load, never);
    const second = cache.getOrLoad('k', load, never);
    await turn();
    resolve('v');
    expect(await first).toEqual({ value: 'v', outcome: 'miss' });
    expect(await second).toEqual({ value: 'v', outcome: 'coalesced' });
    cache.delete('k');
    const failing = [cache.getOrLoad('k', load, never), cache.getOrLoad('k', load, never)];
    const outcomes = Promise.allSettled(failing);
    await turn();
    reject(new Error('away'));
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(loads()).toBe(2);
    expect((await cache.getOrLoad('k', inOrder('again'), never)).outcome).toBe('miss');
  });

  it('lets one of two go without the load, and gives the load up when both have gone', async () => {
    const { cache } = make();
    const { load, isAborted, loads } = controlled<string>();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = cache.getOrLoad('k', load, one.signal);
    const second = cache.getOrLoad('k', load, two.signal);
    await turn();
    one.abort(new Error('first left'));
    await expect(first).rejects.toThrow('first left');
    expect(isAborted()).toBe(false);
    two.abort(new Error('second left'));
    await expect(second).rejects.toThrow('second left');
    expect(isAborted()).toBe(true);
    const third = cache.getOrLoad('k', inOrder('fresh start'), never);
    expect((await third).value).toBe('fresh start');
    expect(loads()).toBe(1);
    await expect(cache.getOrLoad('k', load, one.signal)).rejects.toThrow('first left');
  });

  it('keeps nothing that was loaded before a delete or a put', async () => {
    const { cache } = make();
    const { load, resolve } = controlled<string>();
    const before = cache.getOrLoad('k', load, never);
    await turn();
    cache.delete('k');
    const after = cache.getOrLoad('k', inOrder('after the event'), never);
    resolve('before the event');
    expect((await before).value).toBe('before the event');
    expect(await after).toEqual({ value: 'after the event', outcome: 'miss' });
    expect(cache.peek('k')).toBe('after the event');

    const slow = controlled<string>();
    const loading = cache.getOrLoad('p', slow.load, never);
    await turn();
    cache.put('p', 'put');
    slow.resolve('loaded');
    await loading;
    expect(cache.peek('p')).toBe('put');
  });

  it('drops what was used longest ago', async () => {
    const { cache } = make({ maxEntries: 2 });
    cache.put('a', '1');
    cache.put('b', '2');
    await cache.getOrLoad('a', inOrder('x'), never);
    cache.put('c', '3');
    expect([cache.peek('a'), cache.peek('b'), cache.peek('c')]).toEqual(['1', undefined, '3']);
  });

  it.each([{ maxEntries: 0 }, { maxEntries: 1.5 }, { freshMs: -1 }, { staleMs: Number.NaN }])(
    'refuses %j',
    (config) => {
      expect(() => make(config)).toThrow(RangeError);
    },
  );
});
