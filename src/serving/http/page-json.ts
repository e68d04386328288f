/** What the API answers, as schemas, and how rows of tables become the ids that the outside world uses. */
import Type, { type Static } from 'typebox';
import type { Catalogue } from '../../domain/tables.ts';
import type { Degradation, Dressed, RankedTitles, Served } from '../pipelines/journey.ts';
import { type ArtworkChoice, NO_ARTWORK } from '../pipelines/parts.ts';
import { reasonJson, reasonSchema } from './reason-json.ts';

const degradationSchema = Type.Object(
  { stage: Type.String(), reason: Type.Enum(['late', 'dependency', 'bug', 'shed'], { type: 'string' }) },
  { description: 'a stage whose fallback stands in this answer' },
);

const artworkSchema = Type.Union([
  Type.Object({
    id: Type.String(),
    propensity: Type.Number({ description: 'P(this artwork | this title) of the policy that chose it' }),
    source: Type.Enum(['selected', 'default'], {
      type: 'string',
      description: 'chosen for this member, or the most taken of the title',
    }),
  }),
  Type.Null({ description: 'the title has no artwork' }),
]);

const answered = {
  requestId: Type.String(),
  member: Type.String(),
  modelVersion: Type.String(),
  degraded: Type.Array(degradationSchema),
};

const titleSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  score: Type.Number({ description: 'higher is better; comparable within one answer' }),
});

export const homepageSchema = Type.Object({
  ...answered,
  origin: Type.Enum(['personalised', 'cached', 'popular', 'static'], {
    type: 'string',
    description:
      'made for this request, for an earlier one of the member, for nobody in particular, or when the server started',
  }),
  rows: Type.Array(
    Type.Object({
      template: Type.String(),
      heading: Type.String(),
      titles: Type.Array(
        Type.Object({ ...titleSchema.properties, reason: reasonSchema, artwork: artworkSchema }),
      ),
    }),
  ),
});

export const recommendationsSchema = Type.Object({ ...answered, titles: Type.Array(titleSchema) });

export const artworkAnswerSchema = Type.Object({ ...answered, title: Type.String(), artwork: artworkSchema });

type ArtworkJson = Static<typeof artworkSchema>;

/** Who was answered, and by what. */
export interface Answered {
  readonly requestId: string;
  readonly member: string;
  readonly modelVersion: string;
}

/** What every answer begins with. */
export const envelope = (
  { requestId, member, modelVersion }: Answered,
  degraded: readonly Degradation[],
) => ({
  requestId,
  member,
  modelVersion,
  degraded: degraded.map(({ stage, reason }) => ({ stage, reason })),
});

export interface PageJson {
  homepage(who: Answered, served: Served<Dressed>): Static<typeof homepageSchema>;
  recommendations(who: Answered, served: Served<RankedTitles>): Static<typeof recommendationsSchema>;
  artwork(who: Answered, titleId: string, served: Served<ArtworkChoice>): Static<typeof artworkAnswerSchema>;
}

export const pageJson = (catalogue: Catalogue): PageJson => {
  const {
    titles: { ids, names },
    artworks,
  } = catalogue;
  const artworkIds = artworks?.ids ?? [];
  const titleJson = (title: number, score: number) => ({ id: ids[title], name: names[title], score });
  const artworkJson = ({ artworks: rows, propensities, selected }: ArtworkChoice, i: number): ArtworkJson => {
    if (rows[i] === NO_ARTWORK) return null;
    const source = selected[i] === 1 ? 'selected' : 'default';
    return { id: artworkIds[rows[i]], propensity: propensities[i], source };
  };
  return {
    homepage: (who, { value: { origin, rows }, degraded }) => ({
      ...envelope(who, degraded),
      origin,
      rows: rows.map(({ template, heading, titles, scores, reasons, origins, choice }) => ({
        template,
        heading,
        titles: Array.from(titles, (title, i) => ({
          ...titleJson(title, scores[i]),
          reason: reasonJson(reasons[i], origins[i], catalogue),
          artwork: artworkJson(choice, i),
        })),
      })),
    }),
    recommendations: (who, { value: { titles, scores }, degraded }) => ({
      ...envelope(who, degraded),
      titles: Array.from(titles, (title, i) => titleJson(title, scores[i])),
    }),
    artwork: (who, title, { value, degraded }) => ({
      ...envelope(who, degraded),
      title,
      artwork: artworkJson(value, 0),
    }),
  };
};
