import type { FeatureRows } from '../../ranking/lambda-mart/tree-ensemble.ts';

/** A bin's number is a byte. */
export const MOST_BINS = 256;

/** Features as numbers of bins, column by column, so that a histogram reads one stretch of memory. */
export interface BinnedFeatures {
  readonly bins: Uint8Array; // [columns, rows]
  /** By column, rising: bin b holds what is above edge b - 1 and at most edge b, the last bin what is above them all. */
  readonly edges: readonly Float32Array[]; // [columns], each shorter than MOST_BINS
  readonly rows: number;
  readonly columns: number;
}

/** Rows, evenly spread, whose quantiles the edges are. */
const SAMPLED_ROWS = 65_536;

/** Each column cut into bins of equally many rows, or of one value each where it has few values. NaN counts as largest. */
export const binFeatures = ({ values, rows, columns }: FeatureRows): BinnedFeatures => {
  const bins = new Uint8Array(rows * columns);
  const edges: Float32Array[] = [];
  for (let column = 0; column < columns; column++) {
    const cuts = edgesOf(values, rows, columns, column);
    edges.push(cuts);
    const base = column * rows;
    for (let row = 0, at = column; row < rows; row++, at += columns)
      bins[base + row] = binOf(cuts, values[at]);
  }
  return { bins, edges, rows, columns };
};

const edgesOf = (values: Float32Array, rows: number, columns: number, column: number): Float32Array => {
  const size = Math.min(rows, SAMPLED_ROWS);
  const sample = new Float32Array(size);
  for (let i = 0; i < size; i++) sample[i] = values[Math.floor((i * rows) / size) * columns + column];
  sample.sort();
  const distinct = sample.filter((value, i) => i === 0 || value !== sample[i - 1]);
  if (distinct.length <= MOST_BINS) return distinct.subarray(0, Math.max(0, distinct.length - 1));
  const cuts = Float32Array.from(
    { length: MOST_BINS - 1 },
    (_, i) => sample[Math.floor(((i + 1) * size) / MOST_BINS)],
  );
  return cuts.filter((cut, i) => (i === 0 || cut !== cuts[i - 1]) && cut < sample[size - 1]);
};

/** The first bin whose edge is not below the value. */
const binOf = (edges: Float32Array, value: number): number => {
  let from = 0;
  let to = edges.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (value <= edges[middle]) to = middle;
    else from = middle + 1;
  }
  return from;
};
