/** A cluster of real redis-servers on loopback: three primaries with a replica each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { dependencyError } from '../../domain/errors.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

export interface RedisClusterServers {
  readonly ports: readonly number[];
  /** The first three are the primaries it began with. */
  readonly servers: readonly RedisServer[];
  /** Those of some keys that the first primary holds, at first. */
  keysOfFirst(keys: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}

const PRIMARIES = 3;
const SLOTS = 16_384;
const PER_PRIMARY = Math.ceil(SLOTS / PRIMARIES);
const READY_MS = 20_000;

/** @param nodeTimeoutMs a primary that is not heard of for so long is replaced */
export const startRedisCluster = async (nodeTimeoutMs: number): Promise<RedisClusterServers> => {
  const flags = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeoutMs)];
  const lenient = ['--cluster-require-full-coverage', 'no', '--repl-diskless-sync-delay', '0'];
  const servers = await Promise.all(
    Array.from({ length: 2 * PRIMARIES }, () => startRedis([...flags, ...lenient])),
  );
  const close = async (): Promise<void> => void (await Promise.all(servers.map((server) => server.close())));
  const clients = servers.map(({ port }) => new Redis({ host: '127.0.0.1', port }));
  try {
    await connected(servers, clients);
  } catch (thrown) {
    await close();
    throw thrown;
  } finally {
    for (const client of clients) client.disconnect();
  }
  return {
    servers,
    ports: servers.map(({ port }) => port),
    async keysOfFirst(keys) {
      const client = new Redis({ host: '127.0.0.1', port: servers[0].port });
      const slots = await Promise.all(keys.map((key) => client.cluster('KEYSLOT', key)));
      client.disconnect();
      return keys.filter((_, i) => Number(slots[i]) < PER_PRIMARY);
    },
    close,
  };
};

const connected = async (servers: readonly RedisServer[], clients: readonly Redis[]): Promise<void> => {
  for (const [i, client] of clients.entries()) {
    await client.cluster('SET-CONFIG-EPOCH', i + 1);
    if (i < PRIMARIES) {
      await client.call(
        'CLUSTER',
        'ADDSLOTSRANGE',
        i * PER_PRIMARY,
        Math.min((i + 1) * PER_PRIMARY, SLOTS) - 1,
      );
    }
    if (i > 0) await client.cluster('MEET', '127.0.0.1', servers[0].port);
  }
  const ids = await Promise.all(clients.map((client) => client.cluster('MYID')));
  for (const [i, client] of clients.slice(PRIMARIES).entries()) {
    await eventually(`primary ${i} is known to its replica`, async () => {
      await client.cluster('REPLICATE', String(ids[i]));
      return true;
    });
  }
  for (const [i, client] of clients.entries()) {
    await eventually(`server ${i} is in order`, async () => {
      const info = String(await client.cluster('INFO'));
      const synced = i < PRIMARIES || (await client.info('replication')).includes('master_link_status:up');
      return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:6') && synced;
    });
  }
};

const eventually = async (what: string, check: () => Promise<boolean>): Promise<void> => {
  const until = performance.now() + READY_MS;
  for (;;) {
    const outcome = await check().catch((error: unknown) => error);
    if (outcome === true) return;
    if (performance.now() > until) {
      throw dependencyError('redis-cluster', `redis cluster: ${what} not within ${READY_MS} ms: ${outcome}`);
    }
    await sleep(50);
  }
};
