/** Which of the rows that a page could have it gets, and in what order. */
import type { PageRow, TitleReason } from '../contract.ts';

/** A row that the page could have, with more titles than may fit. */
export interface RowCandidate {
  readonly template: string;
  readonly heading: string;
  readonly titles: ArrayLike<number>; // [n] best first
  readonly scores: ArrayLike<number>; // [n]
  /** Why the i-th title stands in this row. */
  readonly reason: (i: number) => TitleReason;
  /** With fewer titles left than this, the row is not shown. */
  readonly minimumTitles: number;
  /** Offered only where no other row is left. */
  readonly filler?: boolean;
}

export interface Places {
  readonly rowCount: number;
  readonly columns: number;
  /** P(examined) of each place, or anything proportional to it. */
  readonly weights: Float64Array; // [rowCount, columns], >= 0
  /** The score that is worth nothing, so that scores need not be probabilities. */
  readonly worthless: number;
  /** Rows of one template that a page shows at most; absent: as many as there are. */
  readonly mostOf?: Readonly<Record<string, number>>;
}

/** At most `rowCount` rows of at most `columns` titles, no title twice. */
export type RowChooser = (candidates: readonly RowCandidate[], places: Places) => PageRow[];

/**
 * Row r is the candidate of most expected takes,
 *   sum_c weight(r, c) * (score of its c-th title not yet shown - worthless)
 * and of equal ones the first; a filler can be taken again. Greedy, since the choice of rows with
 * overlapping titles is maximum coverage, which greed solves within 1 - 1/e.
 * @see Nemhauser, Wolsey & Fisher, Mathematical Programming, 1978
 */
export const chooseRows: RowChooser = (candidates, places) =>
  fillPage(candidates, places, (fitted) => {
    let best: FittedRow | undefined;
    for (const row of fitted) if (best === undefined || row.value > best.value) best = row;
    return best;
  });

/** The candidates as they come, each in the next row: the order by hand that `chooseRows` is measured against. */
export const rowsAsTheyCome: RowChooser = (candidates, places) =>
  fillPage(candidates, places, ([first]) => first);

interface FittedRow {
  readonly candidate: RowCandidate;
  /** Which of the candidate's titles, as positions in its lists. */
  readonly positions: readonly number[];
  readonly value: number;
}

const fillPage = (
  candidates: readonly RowCandidate[],
  places: Places,
  pick: (fitted: readonly FittedRow[]) => FittedRow | undefined,
): PageRow[] => {
  const shown = new Set<number>();
  const used = new Set<RowCandidate>();
  const rows: PageRow[] = [];
  const left = new Map(Object.entries(places.mostOf ?? {}));
  while (rows.length < places.rowCount) {
    const fits = (candidate: RowCandidate): FittedRow[] => {
      if (used.has(candidate) || left.get(candidate.template) === 0) return [];
      const row = fittedRow(candidate, rows.length, shown, places);
      return row === undefined ? [] : [row];
    };
    const themed = candidates.filter(({ filler }) => filler !== true);
    const chosen =
      pick(themed.flatMap(fits)) ?? pick(candidates.filter(({ filler }) => filler === true).flatMap(fits));
    if (chosen === undefined) break;
    const { template, heading, titles, scores, reason, filler } = chosen.candidate;
    if (filler !== true) used.add(chosen.candidate);
    const allowed = left.get(template);
    if (allowed !== undefined) left.set(template, allowed - 1);
    const row = {
      template,
      heading,
      titles: Uint32Array.from(chosen.positions, (position) => titles[position]),
      scores: Float32Array.from(chosen.positions, (position) => scores[position]),
      reasons: chosen.positions.map(reason),
    };
    for (const title of row.titles) shown.add(title);
    rows.push(row);
  }
  return rows;
};

const fittedRow = (
  candidate: RowCandidate,
  row: number,
  shown: ReadonlySet<number>,
  { columns, weights, worthless }: Places,
): FittedRow | undefined => {
  const { titles, scores, minimumTitles } = candidate;
  const positions: number[] = [];
  let value = 0;
  for (let i = 0; i < titles.length && positions.length < columns; i++) {
    if (shown.has(titles[i])) continue;
    value += weights[row * columns + positions.length] * (scores[i] - worthless);
    positions.push(i);
  }
  return positions.length < minimumTitles ? undefined : { candidate, positions, value };
};
