import { join } from 'node:path';
import { type Clock, systemClock } from '../../domain/clock.ts';
import type { Store } from './contract.ts';
import { openLmdbStore } from './lmdb.ts';
import { createMemoryStore } from './memory.ts';
import type { StoreAddress } from './store-address.ts';

/**
 * The store at the address for one dataset: a member of one world did nothing in another.
 * @throws MarqueeError (dependency) when an embedded one cannot be opened; one over the network may be away
 */
export const openStore = async (
  address: StoreAddress,
  dataset: string,
  clock: Clock = systemClock,
): Promise<Store> => {
  const name = dataset.replaceAll(/[^A-Za-z0-9._-]/g, '_');
  switch (address.kind) {
    case 'memory':
      return createMemoryStore(clock);
    case 'lmdb':
      return openLmdbStore(join(address.folder, name), clock);
    case 'redis': {
      const { openRedisStore } = await import('./redis.ts'); // a server that needs none starts without its client
      return openRedisStore({ address: address.redis, namespace: `marquee/${name}/`, clock });
    }
  }
};
