/**
 * OpenAPI at /docs/json, and a page that shows it at /docs. All of it is served from here: no network needed.
 * An app of its own shows them, made on the first request: most servers are never asked, and all of them start sooner.
 */
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify';
import type { VersionRouter } from '../router.ts';
import type { Server } from './typed-fastify.ts';

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'", // the page styles its elements one by one
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** To be called before the routes that it should know. */
export const registerDocs = (app: Server, router: VersionRouter): void => {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD' && !route.path.startsWith('/docs')) routes.push(route);
  });
  let docs: Promise<FastifyInstance> | undefined;
  for (const path of ['/docs', '/docs/*']) {
    app.get(path, async ({ url, headers }, reply) => {
      docs ??= openDocs(routes, router.current);
      const { statusCode, headers: answered, rawPayload } = await (await docs).inject({ url, headers });
      if (statusCode === 404) return reply.callNotFound();
      const { connection: _, 'transfer-encoding': __, ...kept } = answered; // the outer server's to say
      return reply.code(statusCode).headers(kept).send(rawPayload);
    });
  }
  app.addHook('onClose', async () => {
    await (await docs)?.close();
  });
};

const openDocs = async (routes: readonly RouteOptions[], version: string): Promise<FastifyInstance> => {
  const [{ default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('@fastify/swagger'),
    import('@fastify/swagger-ui'),
  ]);
  const docs = Fastify({ exposeHeadRoutes: false });
  docs.setValidatorCompiler(() => () => true); // these routes are described, never called
  docs.setSerializerCompiler(() => () => '');
  await docs.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Marquee',
        version,
        description:
          'A homepage for each member, within a latency budget. `Server-Timing` names the stages, and `degraded` those whose fallback was served.',
      },
      tags: ['members', 'events', 'browsing', 'operations', 'admin'].map((name) => ({ name })),
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
  });
  for (const { method, url, schema = {} } of routes) {
    docs.route({ method, url, schema, handler: async () => undefined });
  }
  await docs.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: CONTENT_SECURITY_POLICY,
    uiConfig: { validatorUrl: null },
    theme: { title: 'Marquee' },
  });
  return docs;
};
