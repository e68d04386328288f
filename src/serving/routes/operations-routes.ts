/** What operators and their machines ask. These answer however loaded the server is. */
import Type from 'typebox';
import type { Metrics } from '../../monitoring/metrics.ts';
import type { Server } from '../http/typed-fastify.ts';
import type { VersionRouter } from '../router.ts';

const statusSchema = Type.Object({
  status: Type.Enum(['ok', 'ready', 'draining'], { type: 'string' }),
  modelVersion: Type.String(),
});

export interface OperationsRouteParts {
  readonly metrics: Metrics;
  readonly router: VersionRouter;
  readonly isDraining: () => boolean;
}

export const registerOperationsRoutes = (app: Server, parts: OperationsRouteParts): void => {
  const { metrics, router, isDraining } = parts;
  const tags = ['operations'];
  const config = { pressureHandler: () => undefined, rateLimit: false as const };
  const querystring = Type.Object({}, { additionalProperties: false });

  app.get(
    '/healthz',
    { config, schema: { tags, summary: 'The process lives.', querystring, response: { 200: statusSchema } } },
    async () => ({ status: 'ok' as const, modelVersion: router.current }),
  );
  app.get(
    '/readyz',
    {
      config,
      schema: {
        tags,
        summary: 'Send it requests, or, with 503, send it no more.',
        querystring,
        response: { 200: statusSchema, 503: statusSchema },
      },
    },
    async (_request, reply) => {
      if (!isDraining()) return { status: 'ready' as const, modelVersion: router.current };
      return reply.code(503).send({ status: 'draining' as const, modelVersion: router.current });
    },
  );
  app.get(
    '/metrics',
    { config, schema: { tags, summary: 'For Prometheus.', querystring, produces: ['text/plain'] } },
    async (_request, reply) => {
      const { text, contentType } = await metrics.expose();
      return reply.type(contentType).send(text);
    },
  );
};
