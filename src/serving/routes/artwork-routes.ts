/** Artworks as images. A version in the address lets a browser keep one for ever: another dataset's may share its id. */
import Type from 'typebox';
import type { Catalogue } from '../../domain/tables.ts';
import type { ArtworkDrawer } from '../drawings/artwork-drawer.ts';
import { idSchema } from '../events/event-schemas.ts';
import { errorSchema } from '../http/error-answer.ts';
import { refusal } from '../http/refusal.ts';
import type { Server } from '../http/typed-fastify.ts';
import { FOREVER } from '../http/web-files.ts';
import { type TitleRows, titleRowOf } from '../title-rows.ts';

export interface ArtworkRouteParts {
  readonly catalogue: Catalogue;
  readonly titleRows: TitleRows;
  readonly drawer: ArtworkDrawer;
}

export const registerArtworkRoutes = (
  app: Server,
  { catalogue, titleRows, drawer }: ArtworkRouteParts,
): void => {
  let rows: ReadonlyMap<string, number> | undefined;
  const rowOf = (id: string): number => {
    rows ??= new Map((catalogue.artworks?.ids ?? []).map((known, row) => [known, row]));
    const row = rows.get(id);
    if (row !== undefined) return row;
    const expected = 'the id of an artwork of the catalogue';
    throw refusal({ field: 'id', got: id, expected, code: 'artwork-unknown', status: 404 });
  };
  const drawings = [
    {
      url: '/artworks/:id.svg',
      of: 'an artwork',
      draw: (id: string, isLettered: boolean) => drawer.artwork(rowOf(id), isLettered),
    },
    {
      url: '/posters/:id.svg',
      of: 'a title that has no artwork',
      draw: (id: string, isLettered: boolean) => drawer.poster(titleRowOf(titleRows, id, 'id'), isLettered),
    },
  ];
  for (const { url, of, draw } of drawings) {
    app.get(
      url,
      {
        schema: {
          tags: ['browsing'],
          summary: `The image of ${of}: the shapes of its genre in the colours of its mood.`,
          params: Type.Object({ id: idSchema(`the id of ${of}`) }),
          querystring: Type.Object(
            {
              v: Type.Optional(Type.String({ description: 'any version: the image is then kept for ever' })),
              lettering: Type.Optional(
                Type.Enum(['name', 'none'], {
                  type: 'string',
                  default: 'name',
                  description: 'what is written on it: one of name, none',
                }),
              ),
            },
            { additionalProperties: false },
          ),
          produces: ['image/svg+xml'],
          response: { 200: Type.String(), '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      async ({ params, query }, reply) =>
        reply
          .header('cache-control', query.v === undefined ? 'no-cache' : FOREVER)
          .type('image/svg+xml')
          .send(draw(params.id, query.lettering !== 'none')),
    );
  }
};
