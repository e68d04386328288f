import Type, { type Static } from 'typebox';
import { dayText } from '../../domain/clock.ts';
import type { Catalogue } from '../../domain/tables.ts';
import type { TitleReason } from '../../ranking/contract.ts';
import type { Origin } from '../pipelines/journey.ts';

/** One flat object for all kinds: a union would be validated member by member for each title of a page. */
export const reasonSchema = Type.Object(
  {
    kind: Type.Enum(
      [
        'top-pick',
        'continue-watching',
        'trending',
        'because-you-watched',
        'genre',
        'new-release',
        'top-in-country',
      ] satisfies TitleReason['kind'][],
      { type: 'string' },
    ),
    text: Type.String({ description: 'the reason in words, to be shown' }),
    source: Type.String({ description: 'which source proposed the title, such as two-tower' }),
    sourceScore: Type.Number({ description: 'of the source: P(played next) of its place there' }),
    title: Type.Optional(
      Type.Object({ id: Type.String(), name: Type.String() }, { description: 'because-you-watched: what' }),
    ),
    watchedFraction: Type.Optional(Type.Number({ description: 'continue-watching: how much, from 0 to 1' })),
    genre: Type.Optional(Type.String()),
    releasedOn: Type.Optional(Type.String({ description: 'new-release: the day, such as 2026-11-20' })),
    country: Type.Optional(Type.String({ description: 'top-in-country: its code' })),
    rank: Type.Optional(Type.Integer({ description: 'top-in-country: from 1, by plays of late' })),
  },
  { description: 'why the title stands in its row' },
);

export type ReasonJson = Static<typeof reasonSchema>;

/** The reason in ids, names and words, with the source that the title came from. */
export const reasonJson = (
  reason: TitleReason,
  { source, score }: Origin,
  catalogue: Pick<Catalogue, 'titles' | 'vocabulary'>,
): ReasonJson => ({ ...inWords(reason, catalogue), source, sourceScore: score });

/** The reason in words alone. */
export const reasonWords = (
  reason: TitleReason,
  catalogue: Pick<Catalogue, 'titles' | 'vocabulary'>,
): string => inWords(reason, catalogue).text;

const inWords = (
  reason: TitleReason,
  { titles, vocabulary }: Pick<Catalogue, 'titles' | 'vocabulary'>,
): Omit<ReasonJson, 'source' | 'sourceScore'> => {
  const { kind } = reason;
  switch (kind) {
    case 'top-pick':
      return { kind, text: 'Picked for you' };
    case 'continue-watching': {
      const { watchedFraction } = reason;
      return { kind, text: `You have watched ${Math.round(100 * watchedFraction)} % of it`, watchedFraction };
    }
    case 'trending':
      return { kind, text: 'Watched by many of late' };
    case 'because-you-watched': {
      const title = { id: titles.ids[reason.title], name: titles.names[reason.title] };
      return { kind, text: `Because you watched ${title.name}`, title };
    }
    case 'genre': {
      const genre = vocabulary.genres[reason.genre];
      return { kind, text: genre, genre };
    }
    case 'new-release': {
      const releasedOn = dayText(reason.releaseDay);
      return { kind, text: `Released on ${releasedOn}`, releasedOn };
    }
    case 'top-in-country': {
      const { rank } = reason;
      const country = vocabulary.countries[reason.country];
      return { kind, text: `No. ${rank} in your country`, country, rank };
    }
  }
};
