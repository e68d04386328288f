import { messageOf } from '../domain/errors.ts';
import { answerForWorkers } from '../monitoring/worker-metrics.ts';
import type { Server } from '../serving/http/typed-fastify.ts';
import { openWebFiles } from '../serving/http/web-files.ts';
import { registerWebRoutes } from '../serving/routes/web-routes.ts';
import { startServer } from '../serving/server.ts';
import { openService, type Service } from '../serving/service.ts';
import { createFaultSwitches } from '../serving/stage-faults.ts';
import type { StoreAddress } from '../serving/stores/store-address.ts';
import { workPlaces } from '../serving/work-places.ts';
import { isSpokesman, isWorker, onDrain, superviseWorkers } from '../serving/workers.ts';
import { HOST } from './beforehand.ts';
import { loadOwnModules, type OwnFlags } from './own-modules.ts';
import type { Shell } from './shell.ts';
import { webFolder } from './web-bundle.ts';

export interface ServeOptions {
  readonly workDir: string;
  readonly port: number;
  /** Default: a folder of the work directory. */
  readonly store?: StoreAddress;
  /** Processes. Default 1, which is this one. */
  readonly workers?: number;
  /** Files of the user's own parts. */
  readonly own?: OwnFlags;
}

/**
 * Serves what was published last, says where, and resolves with the exit code once an interrupt ended it and the
 * requests under way were answered.
 * @throws MarqueeError (caller) when nothing was published, a file was altered, or the port is taken
 */
export const serveUntilStopped = async (options: ServeOptions, shell: Shell): Promise<number> => {
  const { workers = 1 } = options;
  if (workers > 1 && !isWorker()) {
    answerForWorkers();
    return await superviseWorkers({
      count: workers,
      onServing: () => shell.out(`${workers} workers serve.`),
      onDeath: ({ pid, how, againInMs }) =>
        shell.err(`marquee: worker ${pid} ended with ${how}; another starts in ${againInMs} ms`),
    });
  }
  await serveHere(options, shell);
  return 0;
};

const serveHere = async ({ workDir, port, store, own = {} }: ServeOptions, shell: Shell): Promise<void> => {
  const places = workPlaces(workDir);
  const modules = await loadOwnModules(own);
  const opening = shell.progress.step('open version');
  const service = await openService(store === undefined ? places : { ...places, store }, {
    own: modules,
    ...(isWorker() ? {} : { faults: createFaultSwitches() }), // a switch would reach one process of several
  });
  opening.end(`${service.opened.name}; index ${service.opened.index.reason}`);
  const hasPages = await addPages(service.app, shell);
  const server = await startServer(service.app, { host: HOST, port, onClosed: () => service.close() });
  onDrain(() => void server.close());
  if (isSpokesman()) {
    shell.out(`\nServing version ${service.opened.name} at ${server.url}, described at ${server.url}/docs.`);
    if (hasPages) shell.out(`See it in a browser: ${server.url}/`);
    shell.out('Worth trying:');
    for (const line of worthTrying(server.url, service)) shell.out(line);
  }
  await server.closed;
};

/** Returns whether the pages for a browser are there; what members are served needs none of them. */
const addPages = async (app: Server, shell: Shell): Promise<boolean> => {
  try {
    registerWebRoutes(app, openWebFiles(await webFolder()));
    return true;
  } catch (thrown) {
    shell.err(`marquee: serving without the pages of web/: ${messageOf(thrown)}`);
    return false;
  }
};

const worthTrying = (url: string, { members, titleIds, opened }: Service): string[] => {
  const member = `${url}/v1/members/${encodeURIComponent(members.ids[0])}`;
  return [
    `curl -s ${member}/homepage`,
    `curl -s '${member}/recommendations?k=10'`,
    opened.hasArtworks
      ? `curl -s ${member}/titles/${encodeURIComponent(titleIds[0])}/artwork`
      : `curl -s ${url}/metrics`,
  ];
};
