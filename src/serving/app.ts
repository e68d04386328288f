/** The HTTP service, built but not listening: tests hand it requests without a port, `server.ts` gives it one. */
import type { IncomingMessage } from 'node:http';
import helmet from '@fastify/helmet';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import underPressure from '@fastify/under-pressure';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { type Clock, systemClock } from '../domain/clock.ts';
import type { Catalogue, Members } from '../domain/tables.ts';
import { createMetrics, type Metrics } from '../monitoring/metrics.ts';
import { overloadedError } from './admission/overloaded.ts';
import { createClientCounts } from './client-counts.ts';
import { createArtworkDrawer } from './drawings/artwork-drawer.ts';
import { ID_PATTERN } from './events/event-schemas.ts';
import { createEventIngest } from './events/ingest.ts';
import type { Journal } from './events/journal.ts';
import { LIMIT_WINDOW_MS, limitClients } from './http/client-limits.ts';
import { registerDocs } from './http/docs.ts';
import { endListening, whileDraining } from './http/draining.ts';
import { answerTo } from './http/error-answer.ts';
import { takeJson } from './http/json-bodies.ts';
import { defaultLimits, type Limits } from './http/limits.ts';
import { refuseAmbiguous } from './http/plain-requests.ts';
import { refusal } from './http/refusal.ts';
import { shedPages } from './http/shed-pages.ts';
import { cutSlowReaders } from './http/slow-readers.ts';
import { traceIdOf, traceRequests } from './http/tracing.ts';
import type { Server } from './http/typed-fastify.ts';
import { compileValidator } from './http/validation.ts';
import type { LiveTrending } from './live-trending.ts';
import type { ProfileStore } from './profile-store.ts';
import type { VersionRouter } from './router.ts';
import { type AdminRoutes, processRoutes, registerAdmin } from './routes/admin-routes.ts';
import { registerArtworkRoutes } from './routes/artwork-routes.ts';
import { registerBrowseRoutes } from './routes/browse-routes.ts';
import { EVENTS_ROUTE, registerEventRoutes } from './routes/event-routes.ts';
import { registerFaultRoutes } from './routes/fault-routes.ts';
import { registerMemberRoutes } from './routes/member-routes.ts';
import { registerOperationsRoutes } from './routes/operations-routes.ts';
import { registerSearchRoutes } from './routes/search-routes.ts';
import { registerStatusRoute } from './routes/status-routes.ts';
import { registerTrendingRoutes } from './routes/trending-routes.ts';
import { registerWhyRoutes } from './routes/why-routes.ts';
import type { FaultSwitches } from './stage-faults.ts';
import type { Store } from './stores/contract.ts';
import type { ServerWatch } from './watching/server-watch.ts';
import { createHandedServer } from './workers/handed-server.ts';
import { isWorker } from './workers/supervise.ts';

export interface AppParts {
  readonly router: VersionRouter;
  readonly catalogue: Catalogue;
  readonly members: Members;
  /** The one that the pipelines read, so that a member's next page shows what they did. */
  readonly profiles: ProfileStore;
  /** Where events go. Whoever opened it closes it, after the app. */
  readonly store: Store;
  /** Where events are acknowledged, for a store over the network. */
  readonly journal?: Journal;
  /** Hears of plays, and tells what is watched right now. */
  readonly trending?: LiveTrending;
  /** Watches what is served and what members do. Default: nobody does. */
  readonly watch?: ServerWatch;
  readonly clock?: Clock;
  readonly metrics?: Metrics;
  /** Default: silent. */
  readonly logger?: FastifyBaseLogger;
  readonly limits?: Partial<Limits>;
  /** With them there are routes that break stages and mend them: for a server that only its owner reaches. */
  readonly faults?: FaultSwitches;
  /** What the admin routes ask for. Default: nobody has it. */
  readonly adminToken?: string | undefined;
  /** Addresses and networks of the proxies before it: a client is who their X-Forwarded-For names. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** More routes behind that token. */
  readonly adminRoutes?: readonly AdminRoutes[];
}

export const buildApp = async (parts: AppParts): Promise<Server> => {
  const { router, catalogue, members, profiles, store, journal, trending, logger, watch } = parts;
  const { clock = systemClock, metrics = createMetrics() } = parts;
  const limits: Limits = { ...defaultLimits, ...parts.limits };
  const titleRows = new Map(catalogue.titles.ids.map((id, row) => [id, row]));
  const app = emptyServer(limits, {
    genReqId: requestIds(clock),
    logger,
    trustedProxies: parts.trustedProxies ?? [],
  });
  const draining = whileDraining(app, limits);

  shedPages(app, { router });
  app.setValidatorCompiler(compileValidator);
  takeJson(app, limits.bodyDepth);
  answerErrors(app);
  traceRequests(app);
  watchRequests(app, metrics);
  refuseAmbiguous(app);
  cutSlowReaders(app, limits);
  metrics.modelServing(router.current);

  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    strictTransportSecurity: false, // for whoever ends TLS to say
  });
  if (limits.eventLoopDelayMs < Number.POSITIVE_INFINITY) {
    await app.register(underPressure, {
      maxEventLoopDelay: limits.eventLoopDelayMs,
      pressureHandler(request) {
        if (request.routeOptions.url !== EVENTS_ROUTE) throw overloadedError(); // what happened is never lost to a page
      },
    });
  }
  const { clientLimit } = limits;
  if (clientLimit.requestsPerSecond > 0) {
    const window = { windowMs: LIMIT_WINDOW_MS, busyFrom: clientLimit.requestsPerSecond };
    await limitClients(app, clientLimit, createClientCounts({ store, clock, ...window }));
  }
  registerDocs(app, router);
  const drawer = createArtworkDrawer(catalogue);
  registerArtworkRoutes(app, { catalogue, titleRows, drawer });
  registerBrowseRoutes(app, { catalogue, titleRows, drawer, members, profiles, clock });
  registerWhyRoutes(app, { router, catalogue, titleRows, drawer });
  registerMemberRoutes(app, { router, catalogue, titleRows, metrics, clock, watch });
  if (parts.faults !== undefined) registerFaultRoutes(app, parts.faults);
  const ingest = createEventIngest({
    ...{ store, profiles, titleRows, vocabulary: catalogue.vocabulary, clock },
    ...(journal === undefined ? {} : { journal }),
    ...(trending === undefined ? {} : { trending }),
  });
  if (trending !== undefined) registerTrendingRoutes(app, { catalogue, trending });
  registerEventRoutes(app, { ingest, router, vocabulary: catalogue.vocabulary, metrics, clock, watch });
  if (watch !== undefined) registerStatusRoute(app, watch);
  registerSearchRoutes(app, { store });
  registerOperationsRoutes(app, { metrics, router, isDraining: draining });
  const { adminToken: token, adminRoutes = [] } = parts;
  await registerAdmin(app, { token }, [processRoutes, ...adminRoutes]);
  app.addHook('preClose', () => endListening(app.server));
  return app;
};

/** How it knows who asks, and what they ask. */
interface ServerIdentity {
  readonly genReqId: (request: IncomingMessage) => string;
  readonly logger: FastifyBaseLogger | undefined;
  readonly trustedProxies: readonly string[];
}

const emptyServer = (limits: Limits, { genReqId, logger, trustedProxies }: ServerIdentity): Server =>
  Fastify({
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.silentMs,
    keepAliveTimeout: limits.keepAliveMs,
    http: {
      connectionsCheckingInterval: limits.checkEveryMs,
      headersTimeout: limits.headersMs,
      maxHeaderSize: limits.headerBytes,
      insecureHTTPParser: false, // whatever NODE_OPTIONS say
    },
    ...(isWorker() ? { serverFactory: createHandedServer } : {}),
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    forceCloseConnections: 'idle', // `true` would cut requests that are under way
    return503OnClosing: false, // who reached this server before it was gone is answered
    routerOptions: { maxParamLength: 4_096 }, // so that an id too long is told so, not that there is no such route
    requestIdHeader: false, // judged below before it is believed
    genReqId,
    frameworkErrors: (error, request, reply) => {
      const { status, body } = answerTo(error, request as FastifyRequest);
      void (reply as FastifyReply).code(status).send(body);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

/** Ids that no other process and no earlier run gave; a client may bring its own, to find its request in our logs. */
const requestIds = (clock: Clock): ((request: IncomingMessage) => string) => {
  const origin = `${clock.now().toString(36)}-${process.pid.toString(36)}`;
  const isId = new RegExp(ID_PATTERN);
  let count = 0;
  return ({ headers }) => {
    const given = headers['x-request-id'];
    if (typeof given === 'string' && isId.test(given)) return given;
    count += 1;
    return `${origin}-${count.toString(36)}`;
  };
};

const answerErrors = (app: Server): void => {
  app.setErrorHandler((error: Error, request, reply) => {
    const { status, body, retryAfterSeconds } = answerTo(error, request);
    if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler((request) => {
    const expected = 'a route that /docs lists';
    throw refusal({
      field: 'path',
      got: `${request.method} ${request.url}`,
      expected,
      code: 'route-unknown',
      status: 404,
    });
  });
};

const watchRequests = (app: Server, metrics: Metrics): void => {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const { method } = request;
    const seen = { route, method, status: reply.statusCode, durationMs: reply.elapsedTime };
    metrics.requestEnded(seen);
    const traceId = traceIdOf(request);
    request.log.info(traceId === undefined ? seen : { ...seen, traceId }, 'request');
  });
};
