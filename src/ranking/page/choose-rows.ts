/** Greedy choice of rows: each place of the page goes to the row that is worth most there. */
import type { PageRow } from '../contract.ts';

/** A row that the page could have, with more titles than may fit. */
export interface RowCandidate {
  readonly template: string;
  readonly heading: string;
  readonly titles: ArrayLike<number>; // [n] best first
  readonly scores: ArrayLike<number>; // [n]
  /** Multiplies the row's expected value. */
  readonly lift: number;
  /** With fewer titles left than this, the row is not shown. */
  readonly minimumTitles: number;
  /** Offered only where no other row is left. */
  readonly filler?: boolean;
}

export interface PlaceWeights {
  readonly rowCount: number;
  readonly columns: number;
  readonly weights: Float64Array; // [rowCount, columns], >= 0
  /** The score that is worth nothing, so that scores need not be probabilities. */
  readonly worthless: number;
}

/**
 * At most `rowCount` rows of at most `columns` titles, no title twice. Row r is the candidate of largest
 *   lift * sum_c weight(r, c) * (score of its c-th title not yet shown - worthless)
 * and of equal ones the first; a filler can be taken again. Greedy, since the choice of rows with
 * overlapping titles is maximum coverage, which greed solves within 1 - 1/e.
 * @see Nemhauser, Wolsey & Fisher, Mathematical Programming, 1978
 */
export function chooseRows(candidates: readonly RowCandidate[], places: PlaceWeights): PageRow[] {
  const shown = new Set<number>();
  const themed = new Set(candidates.filter(({ filler }) => filler !== true));
  const fillers = new Set(candidates.filter(({ filler }) => filler === true));
  const rows: PageRow[] = [];
  while (rows.length < places.rowCount) {
    const chosen =
      bestRow(themed, rows.length, shown, places) ?? bestRow(fillers, rows.length, shown, places);
    if (chosen === undefined) break;
    themed.delete(chosen.candidate);
    const { template, heading, titles, scores } = chosen.candidate;
    const row = {
      template,
      heading,
      titles: Uint32Array.from(chosen.positions, (position) => titles[position]),
      scores: Float32Array.from(chosen.positions, (position) => scores[position]),
    };
    for (const title of row.titles) shown.add(title);
    rows.push(row);
  }
  return rows;
}

interface ChosenRow {
  readonly candidate: RowCandidate;
  readonly positions: readonly number[];
}

function bestRow(
  candidates: Iterable<RowCandidate>,
  row: number,
  shown: ReadonlySet<number>,
  { columns, weights, worthless }: PlaceWeights,
): ChosenRow | undefined {
  let best: ChosenRow | undefined;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const positions: number[] = [];
    let value = 0;
    for (let i = 0; i < candidate.titles.length && positions.length < columns; i++) {
      if (shown.has(candidate.titles[i])) continue;
      value += weights[row * columns + positions.length] * (candidate.scores[i] - worthless);
      positions.push(i);
    }
    if (positions.length < candidate.minimumTitles || candidate.lift * value <= bestValue) continue;
    best = { candidate, positions };
    bestValue = candidate.lift * value;
  }
  return best;
}
