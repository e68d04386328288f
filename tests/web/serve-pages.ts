/** The planted world on a port, with the pages for a browser. */
import { webFolder } from '../../src/cli/web-bundle.ts';
import { openWebFiles } from '../../src/serving/http/web-files.ts';
import { registerWebRoutes } from '../../src/serving/routes/web-routes.ts';
import { type RunningServer, startServer } from '../../src/serving/server.ts';
import { type ServingChanges, startServing } from '../serving/serving-fixture.ts';

export const servePages = async (changes: ServingChanges = {}): Promise<RunningServer> => {
  const { app } = await startServing(changes);
  registerWebRoutes(app, openWebFiles(await webFolder()));
  return await startServer(app, { host: '127.0.0.1', port: 0, signals: [] });
};
