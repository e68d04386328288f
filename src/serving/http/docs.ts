/** OpenAPI at /docs/json, and a page that shows it at /docs. All of it is served from here: no network needed. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
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
export const registerDocs = async (app: Server, version: string): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Marquee',
        version,
        description:
          'A homepage for each member, within a latency budget. `Server-Timing` names the stages, and `degraded` those whose fallback was served.',
      },
      tags: [{ name: 'members' }, { name: 'events' }, { name: 'operations' }],
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: CONTENT_SECURITY_POLICY,
    uiConfig: { validatorUrl: null },
    theme: { title: 'Marquee' },
  });
};
