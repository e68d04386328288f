/** What members see when Redis fails, in short: `bench faults` measures it on a whole service, for longer. */
import { expect, it } from 'vitest';
import { startFaultProxy } from '../../bench/faults/fault-proxy.ts';
import { startRedisCluster } from '../../bench/faults/redis-cluster.ts';
import { REDIS_FAULTS, redisFaults } from '../../bench/faults/redis-faults.ts';
import { startRedis } from '../../bench/faults/redis-server.ts';
import {
  type FaultOutcome,
  type FaultPlan,
  runStoreFault,
  type StoreFault,
} from '../../bench/faults/store-fault.ts';
import { createRng } from '../../src/domain/rng.ts';
import { describeWithRedis } from '../with-redis.ts';
import { dataset } from './serving-fixture.ts';
import { type Guards, startSharedServing } from './shared-serving.ts';

const COMMAND_TIMEOUT_MS = 1_000;
const LOAD = { requestsPerSecond: 20, beforeMs: 1_000, faultMs: 3_000, afterMs: 8_000, rng: createRng(1) };

const suffer = async (
  fault: StoreFault,
  target: { readonly ports: readonly number[]; readonly isCluster: boolean; readonly guards?: Guards },
  load: Partial<FaultPlan> = {},
): Promise<FaultOutcome> => {
  const serving = await startSharedServing(target.ports, target.isCluster, target.guards);
  const { members, titles } = dataset;
  try {
    const world = { memberIds: members.ids, titleIds: titles.ids };
    const outcome = await runStoreFault({ ...LOAD, ...load, ...world, origin: serving.url, fault });
    expect(serving.bugs).toEqual([]);
    return outcome;
  } finally {
    await serving.close();
  }
};

interface Change {
  readonly guards?: Guards;
  readonly load?: Partial<FaultPlan>;
  readonly slowedByMs?: number;
}

const sufferOneServer = async (
  name: (typeof REDIS_FAULTS)[number],
  { guards = {}, load = {}, slowedByMs = 3 * COMMAND_TIMEOUT_MS }: Change = {},
): Promise<FaultOutcome> => {
  const server = await startRedis();
  const proxy = await startFaultProxy(server.port, createRng(3));
  try {
    const target = {
      ports: [proxy.port],
      isCluster: false,
      guards: { commandTimeoutMs: COMMAND_TIMEOUT_MS, ...guards },
    };
    return await suffer(redisFaults(server, proxy, slowedByMs)[name], target, load);
  } finally {
    await proxy.close();
    await server.close();
  }
};

describeWithRedis('with Redis', () => {
  it.concurrent.each(REDIS_FAULTS)(
    '%s, every page is answered, every event kept, and pages are personal again soon after',
    async (name) => {
      const outcome = await sufferOneServer(name);
      expect(outcome.errors).toBe(0);
      expect(outcome.degradedShare).toBeGreaterThan(0.5); // or it was no fault
      expect(outcome.recoverySeconds).toBeLessThanOrEqual(8); // `bench faults` holds it to 5
      expect(outcome.acknowledged).toBeGreaterThan(35);
      expect(outcome.lost).toBe(0);
      expect(outcome.ackP50Ms).toBeLessThan(COMMAND_TIMEOUT_MS); // nobody waits for what is known to be away
    },
  );
});

describeWithRedis('with a Redis', () => {
  it.concurrent('Cluster of three primaries, one of them killed, a replica takes its place', async () => {
    const cluster = await startRedisCluster(1_000);
    try {
      const fault = { begin: () => cluster.servers[0].kill(), end: () => undefined };
      const target = { ports: cluster.ports.slice(1, 3), isCluster: true };
      const outcome = await suffer(fault, target, { faultMs: 5_000 });
      expect(outcome.errors).toBe(0);
      expect(outcome.degradedShare).toBeGreaterThan(0.02);
      expect(outcome.recoverySeconds).toBeLessThanOrEqual(8);
      expect(outcome.lost).toBe(0);
    } finally {
      await cluster.close();
    }
  });

  const brief = { faultMs: 2_500, afterMs: 1_000, timeoutMs: 1_500 };

  it.concurrent('stopped and no timeout on commands, events wait for their answers in vain', async () => {
    const guards = { commandTimeoutMs: Number.POSITIVE_INFINITY };
    expect((await sufferOneServer('stopped', { guards, load: brief })).errors).toBeGreaterThan(0);
  });

  it.concurrent('slowed and no breaker, each event waits for the timeout', async () => {
    // Answers come late enough to be given up, and soon enough for the connection to be kept.
    const guards = { breaker: false, commandTimeoutMs: 300 };
    const { ackP50Ms } = await sufferOneServer('slowed', { guards, load: brief, slowedByMs: 500 });
    expect(ackP50Ms).toBeGreaterThanOrEqual(300);
  });

  it.concurrent('killed and no journal, events are refused', async () => {
    expect(
      (await sufferOneServer('killed', { guards: { journal: false }, load: brief })).errors,
    ).toBeGreaterThan(0);
  });
});
