/** Why a title stands where it does, in ids, names and words. Positions and rows count from 0, as in events. */
import Type, { type Static } from 'typebox';
import type { Catalogue } from '../../domain/tables.ts';
import type { ArtworkDrawer } from '../drawings/artwork-drawer.ts';
import type { Explanation } from '../pipelines/explain.ts';
import type { Arm } from '../router.ts';
import type { Answered } from './page-json.ts';
import { reasonWords } from './reason-json.ts';

const place = { position: Type.Integer(), of: Type.Integer({ description: 'how many there are' }) };

export const whySchema = Type.Object({
  requestId: Type.String({
    description: 'draws follow from it: ask with that of a page to hear of that page',
  }),
  member: Type.String(),
  modelVersion: Type.String(),
  title: Type.Object({ id: Type.String(), name: Type.String() }),
  sources: Type.Array(
    Type.Object({
      source: Type.String(),
      proposed: Type.Integer({ description: 'titles that it proposed' }),
      found: Type.Optional(
        Type.Object(
          {
            position: Type.Integer(),
            score: Type.Number({ description: 'on its own scale' }),
            calibrated: Type.Number({ description: 'on the scale of all sources: P(played next)' }),
          },
          { description: 'absent where it did not propose this title' },
        ),
      ),
    }),
  ),
  pool: Type.Optional(
    Type.Object(
      { source: Type.String(), score: Type.Number(), ...place },
      { description: 'where the title stands among the candidates of all sources' },
    ),
  ),
  ranking: Type.Optional(
    Type.Object({
      ranker: Type.String(),
      score: Type.Number(),
      ...place,
      heads: Type.Array(
        Type.Object({
          head: Type.String(),
          value: Type.Number(),
          weight: Type.Optional(Type.Number({ description: 'how much it counts in the score' })),
        }),
      ),
      features: Type.Array(Type.Object({ feature: Type.String(), value: Type.Number() })),
    }),
  ),
  page: Type.Object({
    builder: Type.String(),
    reranker: Type.Optional(
      Type.String({ description: 'what reordered the best titles first; absent: nothing' }),
    ),
    rows: Type.Integer(),
    place: Type.Optional(
      Type.Object({
        row: Type.Integer(),
        position: Type.Integer(),
        before: Type.Integer({ description: 'titles of the page before it' }),
        template: Type.String(),
        heading: Type.String(),
        reason: Type.String({ description: 'in words' }),
      }),
    ),
  }),
  experiments: Type.Array(Type.Object({ experiment: Type.String(), arm: Type.String() }), {
    description: 'in force for this member',
  }),
  artworks: Type.Array(
    Type.Object({
      id: Type.String(),
      shown: Type.Boolean(),
      probability: Type.Number({ description: 'P(this artwork | this member and title)' }),
      genre: Type.String(),
      mood: Type.Array(Type.String()),
      takes: Type.Optional(Type.Number({ description: 'by everybody, in the logs' })),
      exposures: Type.Optional(Type.Number({ description: 'times it was looked at, in the logs' })),
    }),
  ),
  artworkSource: Type.Optional(
    Type.Enum(['selected', 'default'], {
      type: 'string',
      description: 'chosen for this member, or the most taken of the title',
    }),
  ),
});

export type WhyJson = Static<typeof whySchema>;

export const whyJson = (
  { requestId, member, modelVersion, arms }: Answered & { readonly arms: readonly Arm[] },
  { title, sources, pool, ranking, page, artwork }: Explanation,
  catalogue: Catalogue,
  drawer: ArtworkDrawer,
): WhyJson => {
  const { titles } = catalogue;
  const { place: stands, ...built } = page;
  return {
    ...{ requestId, member, modelVersion },
    title: { id: titles.ids[title], name: titles.names[title] },
    experiments: arms.map(({ experiment, arm }) => ({ experiment, arm })),
    sources: sources.map(({ source, proposed, found }) => ({
      ...{ source, proposed },
      ...(found === undefined ? {} : { found: { ...found } }),
    })),
    ...(pool === undefined ? {} : { pool: { ...pool } }),
    ...(ranking === undefined
      ? {}
      : { ranking: { ...ranking, heads: [...ranking.heads], features: [...ranking.features] } }),
    page: {
      ...built,
      ...(stands === undefined
        ? {}
        : { place: { ...stands, reason: reasonWords(stands.reason, catalogue) } }),
    },
    artworks: (artwork?.options ?? []).map(({ artwork: row, probability, takes, exposures }) => {
      const { genre, mood } = drawer.shownBy(row);
      return {
        id: catalogue.artworks?.ids[row] ?? '',
        shown: row === artwork?.shown,
        ...{ probability, genre, mood: [...mood] },
        ...(takes === undefined || exposures === undefined ? {} : { takes, exposures }),
      };
    }),
    ...(artwork === undefined
      ? {}
      : { artworkSource: artwork.selected ? ('selected' as const) : ('default' as const) }),
  };
};
