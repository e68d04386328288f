import { afterAll, beforeAll } from 'vitest';
import type { Clock } from '../../src/domain/clock.ts';
import { type RedisClusterServers, startRedisCluster } from '../../src/experiments/faults/redis-cluster.ts';
import { type RedisServer, startRedis } from '../../src/experiments/faults/redis-server.ts';
import { openRedisStore } from '../../src/serving/stores/redis.ts';
import type { RedisAddress } from '../../src/serving/stores/redis-client.ts';
import { describeStore, type StoreUnderTest } from '../contracts/describe-store.ts';
import { describeWith } from '../real-parts.ts';

const LENIENT = { commandTimeoutMs: 5_000 }; // what is tested is not how fast this machine is
let namespaces = 0;

const underTest = async (address: RedisAddress, clock: Clock): Promise<StoreUnderTest> => {
  namespaces += 1;
  const options = { address, clock, namespace: `test-[*]-${namespaces}:`, ...LENIENT };
  return { store: await openRedisStore(options), openAgain: () => openRedisStore(options) };
};
const addressOf = (ports: readonly number[], isCluster: boolean): RedisAddress => ({
  nodes: ports.map((port) => ({ host: '127.0.0.1', port })),
  isCluster,
  database: 0,
});

describeWith('redis-server', 'Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.close());

  describeStore('redis', (clock) => underTest(addressOf([server.port], false), clock));
});

describeWith('redis-server', 'Redis Cluster', () => {
  let cluster: RedisClusterServers;
  beforeAll(async () => {
    cluster = await startRedisCluster(1_000);
  });
  afterAll(() => cluster.close());

  describeStore('redis-cluster', (clock) => underTest(addressOf(cluster.ports.slice(0, 1), true), clock));
});
