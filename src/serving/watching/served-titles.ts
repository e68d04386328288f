import type { ServedTitles } from '../../../datasets/served-log.ts';
import type { FeatureMatrix } from '../../domain/request.ts';
import type { Evidence } from '../pipelines/scorer.ts';
import type { PageSeen } from './server-watch.ts';

/** Pages as rows of the served log; those of their titles that the ranker saw. All of one set of features. */
export const servedTitles = (pages: readonly PageSeen[], titleIds: readonly string[]): ServedTitles => {
  const rows = pages.flatMap(rowsOf);
  const each = <T>(of: (row: ServedRow) => T): T[] => rows.map(of);
  const [first] = rows;
  const names = first.evidence.features.names;
  return {
    requestId: each(({ seen }) => seen.requestId),
    member: each(({ seen }) => seen.memberId),
    title: each(({ evidence, at }) => titleIds[evidence.titles[at]]),
    modelVersion: each(({ seen }) => seen.modelVersion),
    row: Uint8Array.from(each(({ row }) => Math.min(row, 255))),
    position: Uint8Array.from(each(({ position }) => Math.min(position, 255))),
    time: Float64Array.from(each(({ evidence }) => evidence.at)),
    device: Uint8Array.from(each(({ evidence }) => evidence.device)),
    artworkPropensity: Float32Array.from(each(({ artworkPropensity }) => artworkPropensity)),
    features: featuresOf(rows, names),
    scores: Object.fromEntries(
      ['combined', ...Object.keys(first.evidence.heads)].map((head) => [
        head,
        Float32Array.from(
          each(
            ({ evidence, at }) =>
              (head === 'combined' ? evidence.combined : evidence.heads[head])?.[at] ?? NaN,
          ),
        ),
      ]),
    ),
  };
};

interface ServedRow {
  readonly seen: PageSeen;
  readonly evidence: Evidence;
  /** Of the evidence. */
  readonly at: number;
  readonly row: number;
  readonly position: number;
  readonly artworkPropensity: number;
}

const rowsOf = (seen: PageSeen): ServedRow[] => {
  const { evidence, rows } = seen.page;
  if (evidence === undefined) return [];
  const places = new Map(Array.from(evidence.titles, (title, at) => [title, at]));
  return rows.flatMap(({ titles, choice }, row) =>
    Array.from(titles).flatMap((title, position) => {
      const at = places.get(title);
      if (at === undefined) return [];
      return [{ seen, evidence, at, row, position, artworkPropensity: choice.propensities[position] }];
    }),
  );
};

const featuresOf = (rows: readonly ServedRow[], names: readonly string[]): FeatureMatrix => {
  const values = new Float32Array(rows.length * names.length);
  rows.forEach(({ evidence: { features }, at }, i) => {
    values.set(features.values.subarray(at * names.length, (at + 1) * names.length), i * names.length);
  });
  return { names, rows: rows.length, values };
};
