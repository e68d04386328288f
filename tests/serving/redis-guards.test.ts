/** That the Redis store never waits without end, holds what is pending within bounds, and believes no wrong answer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { type FaultProxy, startFaultProxy } from '../../src/experiments/faults/fault-proxy.ts';
import { type RedisServer, startRedis } from '../../src/experiments/faults/redis-server.ts';
import { noBreaker } from '../../src/serving/breaker.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { openRedisStore, type RedisOptions } from '../../src/serving/stores/redis.ts';
import { describeWith } from '../real-parts.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value);

describeWith('redis-server', 'the Redis store', () => {
  let server: RedisServer;
  let proxy: FaultProxy;
  const opened: Store[] = [];
  const open = async (change: Partial<RedisOptions> = {}): Promise<Store> => {
    const store = await openRedisStore({
      address: { nodes: [{ host: '127.0.0.1', port: proxy.port }], isCluster: false, database: 0 },
      ...{ namespace: 'guarded/', commandTimeoutMs: 2_000, ...change },
    });
    opened.push(store);
    return store;
  };
  beforeAll(async () => {
    server = await startRedis();
    proxy = await startFaultProxy(server.port, createRng(5));
  });
  afterEach(async () => {
    server.goOn();
    proxy.mode = 'pass';
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });

  it('is opened, and fails, where nobody is', async () => {
    const nobody = { nodes: [{ host: '127.0.0.1', port: 1 }], isCluster: false, database: 0 };
    for (const isCluster of [false, true]) {
      const store = await open({ address: { ...nobody, isCluster } });
      await expect(store.get('a')).rejects.toMatchObject({ kind: 'dependency' });
      await expect(store.put('a', bytes('1'))).rejects.toMatchObject({ kind: 'dependency' });
    }
  });

  it('fails each call within the timeout when nothing is answered, and works again after', async () => {
    const store = await open({ commandTimeoutMs: 200, breaker: noBreaker });
    await store.put('a', bytes('1'));
    server.stop();
    const startedAt = performance.now();
    const calls = [store.get('a'), store.put('a', bytes('2')), store.getMany(['a', 'b']), store.delete('c')];
    for (const settled of await Promise.allSettled(calls)) expect(settled.status).toBe('rejected');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    server.goOn();
    await expect
      .poll(
        () =>
          store.get('b').then(
            () => true,
            () => false,
          ),
        { timeout: 5_000 },
      )
      .toBe(true);
  });

  it('takes no more calls at once than it may', async () => {
    const store = await open({ mostPending: 3 });
    await store.put('a', bytes('1'));
    const settled = await Promise.allSettled(Array.from({ length: 10 }, () => store.get('a')));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(settled[9]).toMatchObject({ reason: { kind: 'dependency', code: 'store-busy' } });
    expect(text(await store.get('a'))).toBe('1');
  });

  it('asks nothing for a while once most of what it asked failed', async () => {
    const store = await open({ commandTimeoutMs: 100 });
    server.stop();
    await Promise.allSettled(Array.from({ length: 20 }, () => store.get('a')));
    const startedAt = performance.now();
    await expect(store.get('a')).rejects.toMatchObject({ code: 'resting' });
    expect(performance.now() - startedAt).toBeLessThan(50);
  });

  it('never gives a value that was not put under the key, whatever comes over the wire', async () => {
    const store = await open({ commandTimeoutMs: 300, breaker: noBreaker });
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    await store.batch(keys.map((key) => ({ key, value: bytes(`value of ${key}`) })));
    proxy.mode = 'garbage';
    let answered = 0;
    for (let round = 0; round < 15; round++) {
      const settled = await Promise.allSettled([
        ...keys.map((key) => store.get(key)),
        store.apply(['n'], ([held]) => ({ writes: [{ key: 'n', value: bytes('1') }], result: held })),
      ]);
      for (const [i, each] of settled.slice(0, -1).entries()) {
        if (each.status === 'rejected') expect(each.reason).toMatchObject({ kind: 'dependency' });
        else if (each.value !== undefined) {
          answered += 1;
          expect(text(each.value)).toBe(`value of ${keys[i]}`);
        }
      }
    }
    proxy.mode = 'pass';
    await expect.poll(() => store.get('k0').then(text, String), { timeout: 5_000 }).toBe('value of k0');
    expect(answered).toBeLessThan(300);
  });

  it('loses no increment of two processes that count in it', async () => {
    const each = 200;
    const script = join(import.meta.dirname, 'count-in-store.ts');
    const address = `redis://127.0.0.1:${server.port}`;
    const child = spawn(process.execPath, ['--import', 'tsx', script, address, String(each)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    const store = await open({ namespace: 'counted/', commandTimeoutMs: 20_000 });
    for (let i = 0; i < each; i++) {
      await store.apply(['n'], ([value]) => {
        const next = Number(text(value) ?? 0) + 1;
        return { writes: [{ key: 'n', value: bytes(String(next)) }], result: next };
      });
    }
    expect(await ended).toEqual([0, null]);
    expect(text(await store.get('n'))).toBe(String(2 * each));
  });
});
