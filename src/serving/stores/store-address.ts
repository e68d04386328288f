/** Where a service keeps its state, as one word of a command line. */
import type { RedisAddress } from './redis-client.ts';

export type StoreAddress =
  /** Gone with the process. */
  | { readonly kind: 'memory' }
  /** Each dataset has a folder of its own in this one. */
  | { readonly kind: 'lmdb'; readonly folder: string }
  | { readonly kind: 'redis'; readonly redis: RedisAddress };

/** What `storeAddressOf` reads, for who has to be told. */
export const STORE_ADDRESSES =
  'lmdb:FOLDER, memory:, redis://HOST:PORT[/DATABASE] or redis-cluster://HOST:PORT[,HOST:PORT]';

const REDIS = /^redis(-cluster)?:\/\/(?:([^:@/]*):([^@/]*)@)?([^@/]+)(?:\/(\d{1,5}))?$/;
const PLACE = /^([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/;

/** Undefined where the text is no such address. */
export const storeAddressOf = (text: string): StoreAddress | undefined => {
  if (text === 'memory:') return { kind: 'memory' };
  if (text.startsWith('lmdb:')) {
    const folder = text.slice('lmdb:'.length);
    return folder.trim() === '' ? undefined : { kind: 'lmdb', folder };
  }
  const parts = REDIS.exec(text);
  if (parts === null) return undefined;
  const [, cluster, username, password, places, database = '0'] = parts;
  const isCluster = cluster !== undefined;
  const nodes = places.split(',').map(placeOf);
  const isOne = nodes.length === 1 && (!isCluster || database === '0');
  if (!nodes.every((node) => node !== undefined) || !(isOne || (isCluster && database === '0')))
    return undefined;
  const account = password === undefined ? {} : { ...(username === '' ? {} : { username }), password };
  return { kind: 'redis', redis: { nodes, isCluster, database: Number(database), ...account } };
};

const placeOf = (text: string): { host: string; port: number } | undefined => {
  const [, host, digits] = PLACE.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || !(port >= 1 && port <= 65_535)) return undefined;
  return { host: host.replaceAll(/[[\]]/g, ''), port };
};
