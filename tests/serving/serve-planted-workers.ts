/** Two workers over the planted world: node --import tsx serve-planted-workers.ts STORE_FOLDER PORT */
import { answerForWorkers } from '../../src/monitoring/worker-metrics.ts';
import { startServer } from '../../src/serving/server.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';
import { isWorker, onDrain, superviseWorkers } from '../../src/serving/workers/supervise.ts';
import { startServing } from './serving-fixture.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const serve = async (): Promise<void> => {
  const store = openLmdbStore(process.argv[2]);
  const { app } = await startServing({ store });
  app.get('/pid', () => String(process.pid));
  app.get('/slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return 'done';
  });
  const port = Number(process.argv[3]);
  const server = await startServer(app, { host: '127.0.0.1', port, onClosed: () => store.close() });
  onDrain(() => void server.close());
  say(`worker ${process.pid} ${server.url}`);
  await server.closed;
};

if (isWorker()) {
  await serve().catch(() => process.exit(3));
  process.exit(0);
}
answerForWorkers();
const code = await superviseWorkers({
  count: 2,
  onServing: () => say('serving'),
  onDeath: ({ how }) => say(`died ${how}`),
});
process.exit(code);
