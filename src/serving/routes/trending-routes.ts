/** What is watched right now. */
import Type from 'typebox';
import type { Catalogue } from '../../domain/tables.ts';
import { errorSchema } from '../http/error-answer.ts';
import type { Server } from '../http/typed-fastify.ts';
import type { LiveTrending } from '../live-trending.ts';

const trendingSchema = Type.Object({
  requestId: Type.String(),
  titles: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      plays: Type.Number({ description: 'in the last hour, as far as is known' }),
    }),
    { description: 'most watched first; none where too little was watched to tell' },
  ),
});

export const registerTrendingRoutes = (
  app: Server,
  { catalogue, trending }: { readonly catalogue: Catalogue; readonly trending: Pick<LiveTrending, 'of'> },
): void => {
  const { titles, vocabulary } = catalogue;
  const country = Type.Enum([...vocabulary.countries], {
    type: 'string',
    description: `one of ${vocabulary.countries.join(', ')}`,
  });
  app.get(
    '/v1/trending',
    {
      schema: {
        tags: ['browsing'],
        summary:
          'The titles most watched in the last hour in a country, or everywhere where it is not given or has too few plays.',
        querystring: Type.Object({ country: Type.Optional(country) }, { additionalProperties: false }),
        response: { 200: trendingSchema, '4xx': errorSchema, '5xx': errorSchema },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const region = vocabulary.countries.indexOf(request.query.country ?? '');
      const told = trending.of(region);
      return {
        requestId: request.id,
        titles: Array.from(told?.titles ?? [], (title, i) => ({
          id: titles.ids[title],
          name: titles.names[title],
          plays: told?.plays[i] ?? 0,
        })),
      };
    },
  );
};
