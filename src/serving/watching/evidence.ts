import type { CandidatePool, FeatureMatrix, RecRequest } from '../../domain/request.ts';
import type { Page, Scores } from '../../ranking/contract.ts';
import { titlesOf } from '../pipelines/journey.ts';
import type { Evidence } from '../pipelines/scorer.ts';

/** Names of features, and of heads with `PREDICTION` before them. */
export type EvidenceNames = readonly string[];

const PREDICTION = 'prediction.';

/** What a snapshot is taken of. */
export const namesOf = ({ features, heads }: Evidence): EvidenceNames => [
  ...features.names,
  ...['click', 'finish'].filter((head) => heads[head] !== undefined).map((head) => `${PREDICTION}${head}`),
];

/** The values of one title by those names; undefined where it has none of that name. */
export const evidenceValues = (
  { features, heads }: Evidence,
  title: number,
  names: EvidenceNames,
): (number | undefined)[] =>
  names.map((name) => {
    if (name.startsWith(PREDICTION)) return heads[name.slice(PREDICTION.length)]?.[title];
    const column = features.names.indexOf(name);
    return column < 0 ? undefined : features.values[title * features.names.length + column];
  });

/** Of what was ranked, the part that stands on the page. */
export const evidenceOf = (
  { requestId, at, device }: RecRequest,
  pool: CandidatePool,
  { features, scores }: { readonly features: FeatureMatrix; readonly scores: Scores },
  page: Page,
): Evidence => {
  const places = new Map(Array.from(pool.items, (title, place) => [title, place]));
  const titles = titlesOf(page).filter((title) => places.has(title));
  const rows = Array.from(titles, (title) => places.get(title) as number);
  const width = features.names.length;
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    values.set(features.values.subarray(row * width, (row + 1) * width), i * width);
  });
  const picked = (of: Float32Array): Float32Array => Float32Array.from(rows, (row) => of[row]);
  return {
    ...{ requestId, at, device, titles },
    features: { names: features.names, rows: rows.length, values },
    combined: picked(scores.combined),
    heads: Object.fromEntries(Object.entries(scores.heads).map(([head, of]) => [head, picked(of)])),
  };
};
