/** What a person needs to look around: titles by name and in detail, and members worth being. */
import Type from 'typebox';
import { type Clock, DAY_MS, dayText, HOUR_MS } from '../../domain/clock.ts';
import { type Catalogue, codesOf, type Members } from '../../domain/tables.ts';
import { createCache } from '../cache.ts';
import type { ArtworkDrawer } from '../drawings/artwork-drawer.ts';
import { idSchema } from '../events/event-schemas.ts';
import { errorSchema } from '../http/error-answer.ts';
import type { Server } from '../http/typed-fastify.ts';
import type { ProfileStore } from '../profile-store.ts';
import { type KnownMember, type TellingMember, tellingMembers } from '../telling-members.ts';
import { type TitleRows, titleRowOf } from '../title-rows.ts';

export const tellingSchema = Type.Object({
  members: Type.Array(Type.Object({ id: Type.String(), label: Type.String(), detail: Type.String() })),
});

export const foundSchema = Type.Object({
  titles: Type.Array(
    Type.Object({ id: Type.String(), name: Type.String(), genres: Type.Array(Type.String()) }),
  ),
});

export const titleDetailSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  kind: Type.String(),
  genres: Type.Array(Type.String()),
  language: Type.String(),
  releasedOn: Type.String({ description: 'the day, such as 2026-11-20' }),
  runtimeMinutes: Type.Union([Type.Number(), Type.Null({ description: 'the source does not say' })]),
  artworks: Type.Array(
    Type.Object({
      id: Type.String(),
      genre: Type.String({ description: 'of the genres of the title, the one that it shows' }),
      mood: Type.Array(Type.String(), { description: 'words for what it shows, the stronger first' }),
    }),
  ),
});

export interface BrowseRouteParts {
  readonly catalogue: Catalogue;
  readonly titleRows: TitleRows;
  readonly drawer: ArtworkDrawer;
  readonly members: Members;
  readonly profiles: ProfileStore;
  readonly clock: Clock;
}

const MOST_FOUND = 24;

/** Members among whom the telling ones are looked for. */
const LOOKED_AT = 600;

export const registerBrowseRoutes = (app: Server, parts: BrowseRouteParts): void => {
  const { catalogue, titleRows, drawer, members, profiles, clock } = parts;
  const { titles, vocabulary, artworks } = catalogue;
  const tags = ['browsing'];
  const errors = { '4xx': errorSchema, '5xx': errorSchema };
  const genresOf = (row: number): string[] =>
    Array.from(codesOf(titles.genres, row), (genre) => vocabulary.genres[genre]);

  const telling = createCache<readonly TellingMember[]>({
    maxEntries: 1,
    freshMs: HOUR_MS,
    staleMs: DAY_MS,
    clock,
  });
  const lookAround = async (): Promise<readonly TellingMember[]> => {
    const known: KnownMember[] = [];
    const count = Math.min(LOOKED_AT, members.ids.length);
    for (let i = 0; i < count; i++) {
      const id = members.ids[Math.floor((i * members.ids.length) / count)];
      known.push({ id, profile: (await profiles.profile(id, clock.now())).profile });
    }
    return tellingMembers(known, vocabulary);
  };
  app.get(
    '/v1/members',
    {
      schema: {
        tags,
        summary: 'Members whose pages differ at a glance, found by what they did.',
        querystring: Type.Object({}, { additionalProperties: false }),
        response: { 200: tellingSchema, ...errors },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const { value } = await telling.getOrLoad('members', lookAround, new AbortController().signal);
      return { members: value.map(({ id, label, detail }) => ({ id, label, detail })) };
    },
  );

  let folded: readonly string[] | undefined;
  app.get(
    '/v1/titles',
    {
      schema: {
        tags,
        summary: `Titles by name: those that begin with the words first, ${MOST_FOUND} at most.`,
        querystring: Type.Object(
          {
            name: Type.String({
              minLength: 1,
              maxLength: 80,
              description: 'part of a name, 1 to 80 letters',
            }),
          },
          { additionalProperties: false },
        ),
        response: { 200: foundSchema, ...errors },
      },
    },
    async ({ query }) => {
      folded ??= titles.names.map((name) => name.toLowerCase());
      const found = rowsNamed(folded, query.name.trim().toLowerCase());
      return {
        titles: found.map((row) => ({ id: titles.ids[row], name: titles.names[row], genres: genresOf(row) })),
      };
    },
  );

  app.get(
    '/v1/titles/:titleId',
    {
      schema: {
        tags,
        summary: 'What is known of a title, and what each of its artworks shows.',
        params: Type.Object({ titleId: idSchema('the id of a title') }),
        querystring: Type.Object({}, { additionalProperties: false }),
        response: { 200: titleDetailSchema, ...errors },
      },
    },
    async ({ params }) => {
      const row = titleRowOf(titleRows, params.titleId);
      const runtimeMinutes = titles.runtimeMinutes[row];
      const [first, end] = [artworks?.titleOffsets[row] ?? 0, artworks?.titleOffsets[row + 1] ?? 0];
      return {
        id: titles.ids[row],
        name: titles.names[row],
        kind: vocabulary.kinds[titles.kind[row]],
        genres: genresOf(row),
        language: vocabulary.languages[titles.language[row]],
        releasedOn: dayText(titles.releaseDay[row]),
        runtimeMinutes: Number.isNaN(runtimeMinutes) ? null : runtimeMinutes,
        artworks: Array.from({ length: end - first }, (_, i) => {
          const { genre, mood } = drawer.shownBy(first + i);
          return { id: artworks?.ids[first + i] ?? '', genre, mood: [...mood] };
        }),
      };
    },
  );
};

/** Rows whose name holds the text: where the name begins with it, then where a word of it does, then others. */
export const rowsNamed = (names: readonly string[], text: string): number[] => {
  const ranks: number[][] = [[], [], []];
  for (let row = 0; row < names.length && ranks[0].length < MOST_FOUND; row++) {
    const at = names[row].indexOf(text);
    if (at < 0) continue;
    ranks[at === 0 ? 0 : names[row][at - 1] === ' ' ? 1 : 2].push(row);
  }
  return ranks.flat().slice(0, MOST_FOUND);
};
