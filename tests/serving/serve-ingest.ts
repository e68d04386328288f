/**
 * A server of the planted world, for killing: node --import tsx serve-ingest.ts STORE_FOLDER [ack-first]
 * With `ack-first` it answers before what changed is in the store.
 */
import { startServer } from '../../src/serving/server.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';
import { startServing } from './serving-fixture.ts';

const [folder, guard] = process.argv.slice(2);
const opened = openLmdbStore(folder);

/** Writes a while after it said that it had. */
const hasty = (store: Store): Store => ({
  ...store,
  async apply(keys, decide) {
    const { writes, result } = decide(await store.getMany(keys));
    setTimeout(() => void store.batch(writes), 200);
    return result;
  },
});

const store = guard === 'ack-first' ? hasty(opened) : opened;
const { app } = await startServing({ store, clock: { now: () => Date.now() } });
const server = await startServer(app, { host: '127.0.0.1', port: 0, onClosed: () => opened.close() });
process.stdout.write(`${server.url}\n`);
