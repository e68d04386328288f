import { messageOf } from '../domain/errors.ts';
import { answerForWorkers } from '../monitoring/worker-metrics.ts';
import { isLoopback } from '../serving/http/admin-token.ts';
import { createLogger } from '../serving/http/logger.ts';
import type { Server } from '../serving/http/typed-fastify.ts';
import { openWebFiles } from '../serving/http/web-files.ts';
import { registerLabRoutes } from '../serving/routes/lab-routes.ts';
import { registerWebRoutes } from '../serving/routes/web-routes.ts';
import { startServer } from '../serving/server.ts';
import { openService, type Service, type ServiceOptions } from '../serving/service.ts';
import { createFaultSwitches } from '../serving/stage-faults.ts';
import type { StoreAddress } from '../serving/stores/store-address.ts';
import { canaryPlan } from '../serving/versions/canary-judge.ts';
import { workPlaces } from '../serving/work-places.ts';
import { isSpokesman, isWorker, onDrain, superviseWorkers } from '../serving/workers/supervise.ts';
import { type AdminToken, adminTokenFor, handOnToken, TOKEN_VARIABLE } from './admin-token.ts';
import { commandLine, scoringWorkerFile } from './bundle.ts';
import { createLabProcess } from './lab/lab-process.ts';
import { loadOwnModules, type OwnFlags } from './own-modules.ts';
import type { Shell } from './shell.ts';
import { webFolder } from './web-bundle.ts';

export interface ServeOptions {
  readonly workDir: string;
  readonly host: string;
  readonly port: number;
  /** Default: a folder of the work directory. */
  readonly store?: StoreAddress;
  /** Processes. Default 1, which is this one. */
  readonly workers?: number;
  /** Of each process. Default 0: pages are scored on the thread that serves. */
  readonly scoringThreads?: number;
  /** Share of members that a new version is tried on; without it, everybody gets a new version at once. */
  readonly canary?: number;
  /** Name of a version that scores without serving. */
  readonly shadow?: string;
  /** Requests a second that one client of another machine may make; 0 for no limit. */
  readonly clientLimit?: number;
  /** Addresses and networks of the proxies before it. Default: none. */
  readonly trustedProxy?: readonly string[];
  /** Share of pages whose features are logged and looked at for drift. Default 0.02. */
  readonly servedShare?: number;
  /** Of what is written to stderr. Default: error. */
  readonly logLevel?: string;
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
  const admin = adminTokenFor(options.host);
  if (workers > 1 && !isWorker()) {
    answerForWorkers();
    handOnToken(admin);
    return await superviseWorkers({
      count: workers,
      onServing() {
        shell.out(`${workers} workers serve.`);
        tellToken(admin, shell);
      },
      onDeath: ({ pid, how, againInMs }) =>
        shell.err(`marquee: worker ${pid} ended with ${how}; another starts in ${againInMs} ms`),
    });
  }
  process.on('SIGXFSZ', () => undefined); // a file that may not grow is for who writes it to tell, as on a full disk
  await serveHere(options, admin, shell);
  return 0;
};

const tellToken = ({ token, isMade }: AdminToken, shell: Shell): void => {
  if (isMade)
    shell.out(`Admin routes take this token, made for this run (${TOKEN_VARIABLE} sets one): ${token}`);
};

/** Long enough for who comes straight back, short enough for what is trending. */
const PAGE_FRESH_MS = 10_000;

const scoringThreadsOf = async (threads: number, shell: Shell): Promise<Pick<ServiceOptions, 'scoring'>> => {
  if (threads === 0) return {};
  const workerFile = await scoringWorkerFile();
  if (workerFile === undefined) {
    shell.err('marquee: scoring on the thread that serves, for no bundle could be made for others');
    return {};
  }
  const onDeath = (error: unknown): void =>
    shell.err(`marquee: a scoring thread died: ${messageOf(error)}; another starts`);
  return { scoring: { workerFile, threads, onDeath } };
};

const serveHere = async (options: ServeOptions, admin: AdminToken, shell: Shell): Promise<void> => {
  const {
    workDir,
    host,
    port,
    store,
    canary,
    shadow,
    own = {},
    clientLimit,
    trustedProxy = [],
    servedShare = 0.02,
    logLevel = 'error',
    scoringThreads = 0,
  } = options;
  const isOwnersAlone = !isWorker() && isLoopback(host) && trustedProxy.length === 0;
  const places = workPlaces(workDir);
  const modules = await loadOwnModules(own);
  const opening = shell.progress.step('open version');
  const service = await openService(store === undefined ? places : { ...places, store }, {
    own: modules,
    ...(await scoringThreadsOf(scoringThreads, shell)),
    pageFreshMs: PAGE_FRESH_MS,
    adminToken: admin.token,
    trustedProxies: trustedProxy,
    servedShare,
    logger: createLogger(logLevel),
    ...(clientLimit === undefined
      ? {}
      : { limits: { clientLimit: { requestsPerSecond: clientLimit, ofLoopback: false } } }),
    // A switch would reach one process of several, and is for nobody but who sits at this machine.
    ...(isOwnersAlone ? { faults: createFaultSwitches() } : {}),
    ...(canary === undefined ? {} : { canary: canaryPlan(canary) }),
    ...(shadow === undefined ? {} : { shadow }),
    onVersion: ({ what, version, why }) =>
      shell.err(`marquee: version ${version} ${what}${why === undefined ? '' : `: ${why}`}`),
  });
  opening.end(`${service.opened.name}; index ${service.opened.index.reason}`);
  const hasPages = await addPages(service.app, shell);
  // Its experiments take a core: for who sits at this machine, and one server of several would know them only.
  if (isOwnersAlone) registerLabRoutes(service.app, createLabProcess({ commandLine, workDir }));
  const server = await startServer(service.app, { host, port, onClosed: () => service.close() });
  onDrain(() => void server.close());
  if (isSpokesman()) {
    shell.out(`\nServing version ${service.opened.name} at ${server.url}, described at ${server.url}/docs.`);
    if (hasPages) shell.out(`See it in a browser: ${server.url}/`);
    shell.out('Worth trying:');
    for (const line of worthTrying(server.url, service)) shell.out(line);
    tellToken(admin, shell);
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
