/** What a member searched for of late, to be offered again. */
import Type from 'typebox';
import { idSchema } from '../events/event-schemas.ts';
import { decodeSearches, searchesKey } from '../events/recent-searches.ts';
import { errorSchema } from '../http/error-answer.ts';
import type { Server } from '../http/typed-fastify.ts';
import type { Store } from '../stores/contract.ts';

const searchesSchema = Type.Object({
  requestId: Type.String(),
  searches: Type.Array(
    Type.Object({
      query: Type.String(),
      at: Type.Number({ description: 'when, milliseconds since 1970-01-01T00:00Z' }),
      title: Type.Optional(Type.String({ description: 'the result that was opened' })),
    }),
    { description: 'newest first, each query once' },
  ),
});

export const registerSearchRoutes = (app: Server, { store }: { readonly store: Store }): void => {
  app.get(
    '/v1/members/:id/searches',
    {
      schema: {
        tags: ['members'],
        summary: 'What the member searched for of late.',
        params: Type.Object({ id: idSchema('the id of a member, known or not') }),
        querystring: Type.Object({}, { additionalProperties: false }),
        response: { 200: searchesSchema, '4xx': errorSchema, '5xx': errorSchema },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const key = searchesKey(request.params.id);
      const value = await store.get(key);
      return {
        requestId: request.id,
        searches: value === undefined ? [] : [...decodeSearches({ key, value })],
      };
    },
  );
};
