/** The planted world on a port, with the pages for a browser, switches, and parts to swap. */
import { createRandom } from '../../src/candidate-gen/random.ts';
import { webFolder } from '../../src/cli/web-bundle.ts';
import { createRandomOrder } from '../../src/ranking/baselines/random-order.ts';
import { createSingleRow } from '../../src/ranking/page/single-row.ts';
import { openWebFiles } from '../../src/serving/http/web-files.ts';
import { registerWebRoutes } from '../../src/serving/routes/web-routes.ts';
import { type RunningServer, startServer } from '../../src/serving/server.ts';
import { createFaultSwitches } from '../../src/serving/stage-faults.ts';
import { dataset, startServing } from '../serving/serving-fixture.ts';

const size = 2;
const vectors = Float32Array.from({ length: size * dataset.titles.ids.length }, (_, i) => 1 + (i % 7));

export const servePages = async (): Promise<RunningServer> => {
  const faults = createFaultSwitches();
  const workshop = {
    generators: new Map([['random', [{ generator: createRandom(dataset.titles) }]]]),
    rankers: new Map([['random-order', createRandomOrder()]]),
    pageBuilders: new Map([['single-row', createSingleRow()]]),
    policies: new Map(),
    vectors: { vectors, size },
    examination: () => 1,
  };
  const { app } = await startServing({ pipeline: { faults, workshop }, app: { faults } });
  registerWebRoutes(app, openWebFiles(await webFolder()));
  return await startServer(app, { host: '127.0.0.1', port: 0, signals: [] });
};
