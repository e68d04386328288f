/** The one file that knows ioredis: how to reach Redis, one server or a cluster, so that nothing ever waits without end. */
import { Cluster, Redis } from 'ioredis';

export interface RedisAddress {
  /** One server, or some of a cluster's. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly isCluster: boolean;
  /** Number of the database; a cluster has none but 0. */
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
}

export interface RedisClient {
  get(key: string): Promise<unknown>;
  /** The keys are of one partition. */
  getMany(keys: readonly string[]): Promise<unknown>;
  /** Runs the script; where the server does not know it, it is sent. */
  run(script: Script, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown>;
  /** The cursor of the next page, '0' after the last, and the keys of this one; of each server of its own. */
  scan(server: number, cursor: string, pattern: string): Promise<unknown>;
  /** How many hold keys of their own. */
  servers(): number;
  /** Gives up the connections and makes new ones: what still comes on the old ones is not heard. */
  reset(): void;
  close(): void;
  /** Resolves when commands can be sent. */
  readonly ready: Promise<void>;
}

export interface Script {
  readonly text: string;
  readonly sha1: string;
}

/** How soon connections that broke are made anew. */
const FIRST_RETRY_MS = 25;
const MOST_RETRY_MS = 500;
const CONNECT_MS = 500;
const KEYS_PER_PAGE = 1_000;

/** @param commandTimeoutMs each command fails after so long; Infinity waits as the client itself would: for ever */
export const connectRedis = (address: RedisAddress, commandTimeoutMs: number): RedisClient => {
  const { nodes, isCluster, database, username, password } = address;
  const backOff = (times: number): number => Math.min(FIRST_RETRY_MS * 2 ** times, MOST_RETRY_MS);
  const options = {
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false, // what was sent may have been done: only the caller can tell whether twice harms
    disableClientInfo: true,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(commandTimeoutMs === Number.POSITIVE_INFINITY
      ? {}
      : // A connection on which no answer comes is given up with all that waits on it.
        { commandTimeout: commandTimeoutMs, socketTimeout: 2 * commandTimeoutMs }),
  };
  const client = isCluster
    ? new Cluster([...nodes], {
        redisOptions: options,
        enableOfflineQueue: false,
        clusterRetryStrategy: backOff,
        slotsRefreshTimeout: CONNECT_MS,
        slotsRefreshInterval: MOST_RETRY_MS,
        maxRedirections: 3,
        retryDelayOnFailover: 0, // 0: fails at once
        retryDelayOnClusterDown: 0,
      })
    : new Redis({ ...nodes[0], db: database, ...options, enableOfflineQueue: false, retryStrategy: backOff });
  client.on('error', () => undefined); // told again by each command that fails of it
  const servers = (): Redis[] => (client instanceof Cluster ? client.nodes('master') : [client]);

  return {
    ready: new Promise((resolve) => {
      client.once('ready', () => {
        // A cluster's servers are connected to by their first command, and until then refuse the others.
        void Promise.allSettled(servers().map((server) => server.ping())).then(() => resolve());
      });
    }),
    get: (key) => client.getBuffer(key),
    getMany: (keys) => client.mgetBuffer([...keys]),
    async run({ text, sha1 }, keys, args) {
      try {
        return await client.evalsha(sha1, keys.length, ...keys, ...args);
      } catch (thrown) {
        if (!String(thrown).includes('NOSCRIPT')) throw thrown;
        return await client.eval(text, keys.length, ...keys, ...args);
      }
    },
    scan: (server, cursor, pattern) =>
      servers()[server].scan(cursor, 'MATCH', pattern, 'COUNT', KEYS_PER_PAGE),
    servers: () => servers().length,
    reset() {
      if (client instanceof Cluster) for (const node of client.nodes('all')) node.disconnect();
      else client.disconnect(true);
    },
    close: () => client.disconnect(),
  };
};
