/** One member's page under two sets of parts. */
import Type, { type Static } from 'typebox';
import type { ComparedPage, Comparison, Installed } from '../pipelines/compare.ts';
import { SWAP_KINDS } from '../pipelines/compare.ts';
import { type Answered, homepageSchema, type PageJson } from './page-json.ts';

const comparedSchema = Type.Object({
  page: homepageSchema,
  stages: Type.Array(
    Type.Object({
      stage: Type.String(),
      startMs: Type.Number(),
      durationMs: Type.Number(),
      budgetMs: Type.Number(),
      degraded: Type.Optional(Type.String()),
    }),
  ),
  metrics: Type.Object({
    titles: Type.Integer(),
    predictedTakes: Type.Number({
      description: 'sum over the places of P(examined) P(click | examined), by the ranker that serves',
    }),
    diversity: Type.Optional(Type.Number({ description: 'mean over pairs of titles of 1 - cosine' })),
    genres: Type.Integer({ description: 'different ones' }),
    latencyMs: Type.Number(),
  }),
});

export const comparisonSchema = Type.Object({
  installed: Type.Object(
    Object.fromEntries(SWAP_KINDS.map((kind) => [kind, Type.Array(Type.String())])) as Record<
      (typeof SWAP_KINDS)[number],
      ReturnType<typeof Type.Array<ReturnType<typeof Type.String>>>
    >,
    { description: 'what can be chosen of each kind' },
  ),
  overlap: Type.Number({ description: 'share of the served titles that stand on the other page too' }),
  served: comparedSchema,
  swapped: comparedSchema,
});

export type ComparisonJson = Static<typeof comparisonSchema>;

export const comparisonJson = (
  who: Answered,
  { overlap, served, swapped }: Comparison,
  installed: Installed,
  json: PageJson,
): ComparisonJson => {
  const pageOf = ({ page, reports, metrics }: ComparedPage) => ({
    page: json.homepage(who, {
      value: page,
      reports,
      degraded: reports.flatMap(({ stage, degraded: reason }) =>
        reason === undefined ? [] : [{ stage, reason }],
      ),
    }),
    stages: reports.map(({ stage, startMs, durationMs, budgetMs, degraded }) => ({
      ...{ stage, startMs, durationMs, budgetMs },
      ...(degraded === undefined ? {} : { degraded }),
    })),
    metrics: { ...metrics },
  });
  return {
    installed: Object.fromEntries(SWAP_KINDS.map((kind) => [kind, [...installed[kind]]])) as Record<
      (typeof SWAP_KINDS)[number],
      string[]
    >,
    overlap,
    served: pageOf(served),
    swapped: pageOf(swapped),
  };
};
