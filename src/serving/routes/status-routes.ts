/** What `marquee monitor` reads: the state of all processes of this server. It holds nothing of any member. */
import Type from 'typebox';
import { statusJson } from '../../monitoring/status.ts';
import { errorSchema } from '../http/error-answer.ts';
import type { Server } from '../http/typed-fastify.ts';
import type { ServerWatch } from '../watching/server-watch.ts';

export const registerStatusRoute = (app: Server, watch: ServerWatch): void => {
  app.get(
    '/v1/status',
    {
      config: { pressureHandler: () => undefined },
      schema: {
        tags: ['operations'],
        summary:
          'Traffic of the last minutes by route and stage, drift, calibration, data quality, versions, and the alerts that hold.',
        querystring: Type.Object({}, { additionalProperties: false }),
        response: {
          200: Type.Object({ at: Type.Number() }, { additionalProperties: true }),
          '4xx': errorSchema,
          '5xx': errorSchema,
        },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return statusJson(await watch.status());
    },
  );
};
