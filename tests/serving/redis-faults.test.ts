/** What members see when Redis fails, in short: `bench faults` measures it on a whole service, for longer. */
import { expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { startFaultProxy } from '../../src/experiments/faults/fault-proxy.ts';
import { startRedisCluster } from '../../src/experiments/faults/redis-cluster.ts';
import { REDIS_FAULTS, redisFaults } from '../../src/experiments/faults/redis-faults.ts';
import { startRedis } from '../../src/experiments/faults/redis-server.ts';
import {
  type FaultOutcome,
  type FaultPlan,
  runStoreFault,
  type StoreFault,
} from '../../src/experiments/faults/store-fault.ts';
import { eventKey } from '../../src/serving/events/event-log.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { describeWith } from '../real-parts.ts';
import { dataset } from './serving-fixture.ts';
import { type Guards, startSharedServing } from './shared-serving.ts';

const COMMAND_TIMEOUT_MS = 1_000;
/** On a machine with nothing else to do it is over in 5 s; a busy one is given time, for it is not what is tested. */
const LOAD = {
  ...{ requestsPerSecond: 20, beforeMs: 500, faultMs: 2_500, afterMs: 30_000, untilRecovered: true },
  ...{ timeoutMs: 20_000, rng: createRng(1) },
};

interface Suffering {
  readonly guards?: Guards;
  readonly load?: Partial<FaultPlan>;
  /** Before the server is closed. */
  readonly judge?: (outcome: FaultOutcome, store: Store) => Promise<void>;
}

const suffer = async (
  fault: StoreFault,
  { ports, isCluster }: { readonly ports: readonly number[]; readonly isCluster: boolean },
  { guards = {}, load = {}, judge }: Suffering,
): Promise<FaultOutcome> => {
  const guarded = { commandTimeoutMs: COMMAND_TIMEOUT_MS, ...guards };
  const serving = await startSharedServing(ports, isCluster, guarded);
  const { members, titles } = dataset;
  try {
    const world = { memberIds: members.ids, titleIds: titles.ids };
    const outcome = await runStoreFault({ ...LOAD, ...load, ...world, origin: serving.url, fault });
    expect(serving.bugs).toEqual([]);
    await judge?.(outcome, serving.store);
    return outcome;
  } finally {
    await serving.close();
  }
};

const sufferOneServer = async (
  name: (typeof REDIS_FAULTS)[number],
  { slowedByMs = 3 * COMMAND_TIMEOUT_MS, ...suffering }: Suffering & { readonly slowedByMs?: number },
): Promise<FaultOutcome> => {
  const server = await startRedis();
  const proxy = await startFaultProxy(server.port, createRng(3));
  try {
    const target = { ports: [proxy.port], isCluster: false };
    return await suffer(redisFaults(server, proxy, slowedByMs)[name], target, suffering);
  } finally {
    await proxy.close();
    await server.close();
  }
};

/** Every request was answered, every acknowledged event is in the store, or comes to be, and pages are personal again. */
const holdsOut = async (outcome: FaultOutcome, store: Store): Promise<void> => {
  const { errors, recoverySeconds, acknowledged } = outcome;
  expect(errors).toBe(0);
  expect(recoverySeconds).toBeLessThan(LOAD.afterMs / 1_000); // `bench faults` holds it to 5 s
  expect(acknowledged.length).toBeGreaterThan(10);
  const keys = acknowledged.map((event) => eventKey(event));
  const lost = async (): Promise<number> => {
    const held = await store.getMany(keys).catch(() => []);
    return keys.filter((_, i) => held[i] === undefined).length;
  };
  await expect.poll(lost, { timeout: 30_000, interval: 200 }).toBe(0);
};

describeWith('redis-server', 'with a Redis', () => {
  it.each(REDIS_FAULTS)('that is %s, members get pages, and no event is lost', async (name) => {
    const { degradedShare } = await sufferOneServer(name, { judge: holdsOut });
    expect(degradedShare).toBeGreaterThan(0.5); // or it was no fault
  });

  it('cluster of three primaries, one of them killed, members get pages, and no event is lost', async () => {
    const cluster = await startRedisCluster(1_000);
    try {
      const fault = { begin: () => cluster.servers[0].kill(), end: () => undefined };
      const target = { ports: cluster.ports.slice(1, 3), isCluster: true };
      const load = { faultMs: 4_000 };
      const { degradedShare } = await suffer(fault, target, { load, judge: holdsOut });
      expect(degradedShare).toBeGreaterThan(0.02);
    } finally {
      await cluster.close();
    }
  });

  const brief = { afterMs: 1_000, untilRecovered: false };

  it.concurrent('stopped and no timeout on commands, events wait for their answers in vain', async () => {
    const guards = { commandTimeoutMs: Number.POSITIVE_INFINITY };
    const { errors } = await sufferOneServer('stopped', { guards, load: { ...brief, timeoutMs: 1_500 } });
    expect(errors).toBeGreaterThan(0);
  });

  it.concurrent('slowed and no breaker, each event waits for the timeout', async () => {
    // Answers come late enough to be given up, and soon enough for the connection to be kept.
    const slowed = { load: brief, slowedByMs: 500 };
    const without = await sufferOneServer('slowed', {
      ...slowed,
      guards: { breaker: false, commandTimeoutMs: 300 },
    });
    const together = await sufferOneServer('slowed', { ...slowed, guards: { commandTimeoutMs: 300 } });
    expect(without.ackP50Ms).toBeGreaterThanOrEqual(300);
    expect(together.ackP50Ms).toBeLessThan(without.ackP50Ms);
  });

  it.concurrent('killed and no journal, events are refused', async () => {
    const { errors } = await sufferOneServer('killed', { guards: { journal: false }, load: brief });
    expect(errors).toBeGreaterThan(0);
  });
});
