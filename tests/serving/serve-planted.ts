/** A server in a process of its own over the planted world: node --import tsx serve-planted.ts STORE_FOLDER */
import { startServer } from '../../src/serving/server.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';
import { startServing } from './serving-fixture.ts';

const store = openLmdbStore(process.argv[2]);
const { app } = await startServing({ store });
app.get('/slow', async () => {
  await new Promise((resolve) => setTimeout(resolve, 300));
  return 'done';
});
const server = await startServer(app, { host: '127.0.0.1', port: 0, onClosed: () => store.close() });
process.stdout.write(`${server.url}\n`);
await server.closed;
process.stdout.write('closed\n');
