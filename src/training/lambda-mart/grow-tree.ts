import type { TreeEnsemble } from '../../ranking/lambda-mart/tree-ensemble.ts';
import { type BinnedFeatures, MOST_BINS } from './bins.ts';

export interface TreeSettings {
  readonly leaves: number;
  /** Share of a leaf's Newton step that is taken. */
  readonly shrinkage: number;
  readonly l2: number;
  /** Sum of second derivatives that a leaf has at least. */
  readonly leastHessian: number;
}

export interface GrownTree {
  /** One tree. */
  readonly tree: TreeEnsemble;
  /** The rows that it was grown from; those of leaf l are `order[from[l] .. to[l])`. */
  readonly order: Uint32Array;
  readonly from: Uint32Array; // [leaves]
  readonly to: Uint32Array; // [leaves]
}

export interface Split {
  readonly column: number;
  /** Rows of this bin and those below go left. */
  readonly bin: number;
  readonly gain: number;
}

/** Sums of first and second derivatives by column and bin: [columns, MOST_BINS, 2]. */
export type Histogram = Float64Array;
const COLUMN_SIZE = MOST_BINS * 2;

interface Leaf {
  readonly from: number;
  readonly to: number;
  readonly histogram: Histogram;
  readonly gradient: number;
  readonly hessian: number;
  readonly split: Split | undefined;
  /** The inner node above and the side of it; undefined for the root. */
  readonly above: { readonly node: number; readonly children: number[] } | undefined;
}

/**
 * A regression tree that steps down the loss of which the derivatives are given, grown best leaf first:
 *   leaf value = -shrinkage G / (H + l2),  gain of a split = (G_l^2 / (H_l + l2) + G_r^2 / (H_r + l2) - G^2 / (H + l2)) / 2
 * G and H being sums over rows. Of two sisters only the smaller has its histogram read from rows; the other's is what is
 * left of their parent's.
 * @see Ke et al., "LightGBM: a highly efficient gradient boosting decision tree", NIPS 2017; Chen & Guestrin,
 * "XGBoost: a scalable tree boosting system", KDD 2016 (the gain)
 */
export const growTree = (
  binned: BinnedFeatures,
  rows: Uint32Array,
  derivatives: { readonly gradient: Float64Array; readonly hessian: Float64Array },
  settings: TreeSettings,
): GrownTree => {
  const order = rows.slice();
  const spare = new Uint32Array(rows.length);
  const ordered = { gradient: new Float64Array(rows.length), hessian: new Float64Array(rows.length) };
  const feature: number[] = [];
  const threshold: number[] = [];
  const left: number[] = [];
  const right: number[] = [];

  const histogramOf = (from: number, to: number): Histogram => {
    for (let i = from; i < to; i++) {
      ordered.gradient[i] = derivatives.gradient[order[i]];
      ordered.hessian[i] = derivatives.hessian[order[i]];
    }
    return buildHistogram(binned, order, from, to, ordered);
  };
  const leafOf = (from: number, to: number, histogram: Histogram, above: Leaf['above']): Leaf => {
    const [gradient, hessian] = sumsOf(histogram);
    return { from, to, histogram, gradient, hessian, split: bestSplit(binned, histogram, settings), above };
  };
  const divide = ({ from, to, histogram, above }: Leaf, { column, bin }: Split): [Leaf, Leaf] => {
    const node = feature.length;
    if (above !== undefined) above.children[above.node] = node;
    feature.push(column);
    threshold.push(binned.edges[column][bin]);
    left.push(-1);
    right.push(-1);
    const middle = partition(order, spare, from, to, binned.bins.subarray(column * binned.rows), bin);
    const smaller = middle - from <= to - middle;
    const read = smaller ? histogramOf(from, middle) : histogramOf(middle, to);
    const rest = histogram; // of the parent, who needs it no more
    for (let i = 0; i < rest.length; i++) rest[i] -= read[i];
    return [
      leafOf(from, middle, smaller ? read : rest, { node, children: left }),
      leafOf(middle, to, smaller ? rest : read, { node, children: right }),
    ];
  };

  const leaves = [leafOf(0, order.length, histogramOf(0, order.length), undefined)];
  while (leaves.length < settings.leaves) {
    let best = -1;
    leaves.forEach(({ split }, l) => {
      if (split !== undefined && split.gain > (leaves[best]?.split?.gain ?? 0)) best = l;
    });
    if (best < 0) break;
    const leaf = leaves[best];
    leaves.splice(best, 1, ...divide(leaf, leaf.split as Split));
  }
  leaves.forEach(({ above }, l) => {
    if (above !== undefined) above.children[above.node] = -1 - l;
  });
  return {
    tree: {
      roots: Int32Array.of(feature.length > 0 ? 0 : -1),
      feature: Uint16Array.from(feature),
      threshold: Float32Array.from(threshold),
      left: Int32Array.from(left),
      right: Int32Array.from(right),
      leafValue: Float32Array.from(leaves, ({ gradient, hessian }) =>
        hessian + settings.l2 > 0 ? (-settings.shrinkage * gradient) / (hessian + settings.l2) : 0,
      ),
    },
    order,
    from: Uint32Array.from(leaves, ({ from }) => from),
    to: Uint32Array.from(leaves, ({ to }) => to),
  };
};

/**
 * The histogram of rows `order[from .. to)`, whose derivatives stand at the same places of `ordered`. Two columns are
 * filled in one pass, which reads rows and derivatives half as often: a third of the time that one by one takes.
 */
export const buildHistogram = (
  { bins, edges, rows, columns }: BinnedFeatures,
  order: Uint32Array,
  from: number,
  to: number,
  { gradient, hessian }: { readonly gradient: Float64Array; readonly hessian: Float64Array },
): Histogram => {
  const histogram = new Float64Array(columns * COLUMN_SIZE);
  const told: number[] = []; // columns that can be split, and the first, which tells the sums
  for (let column = 0; column < columns; column++)
    if (column === 0 || edges[column].length > 0) told.push(column);
  const unread = new Float64Array(COLUMN_SIZE);
  const sumsAt = (column: number): Float64Array =>
    histogram.subarray(column * COLUMN_SIZE, (column + 1) * COLUMN_SIZE);
  const binsAt = (column: number): Uint8Array => bins.subarray(column * rows, (column + 1) * rows);
  for (let c = 0; c < told.length; c += 2) {
    const isPair = c + 1 < told.length;
    const [firstBins, secondBins] = [binsAt(told[c]), binsAt(told[isPair ? c + 1 : c])];
    const [first, second] = [sumsAt(told[c]), isPair ? sumsAt(told[c + 1]) : unread];
    for (let i = from; i < to; i++) {
      const row = order[i];
      const g = gradient[i];
      const h = hessian[i];
      const a = 2 * firstBins[row];
      const b = 2 * secondBins[row];
      first[a] += g;
      first[a + 1] += h;
      second[b] += g;
      second[b + 1] += h;
    }
  }
  return histogram;
};

/** G and H over all rows: every column holds them, so the first does. */
const sumsOf = (histogram: Histogram): [gradient: number, hessian: number] => {
  let gradient = 0;
  let hessian = 0;
  for (let at = 0; at < COLUMN_SIZE; at += 2) {
    gradient += histogram[at];
    hessian += histogram[at + 1];
  }
  return [gradient, hessian];
};

/** The split of most gain, of equals the first; undefined where none gains. */
export const bestSplit = (
  { edges, columns }: BinnedFeatures,
  histogram: Histogram,
  { l2, leastHessian }: TreeSettings,
): Split | undefined => {
  const [gradient, hessian] = sumsOf(histogram);
  const whole = gradient ** 2 / (hessian + l2);
  let best: Split | undefined;
  for (let column = 0; column < columns; column++) {
    let [g, h] = [0, 0];
    for (let bin = 0, at = column * COLUMN_SIZE; bin < edges[column].length; bin++, at += 2) {
      g += histogram[at];
      h += histogram[at + 1];
      if (h < leastHessian) continue;
      if (hessian - h < leastHessian) break;
      const gain = (g ** 2 / (h + l2) + (gradient - g) ** 2 / (hessian - h + l2) - whole) / 2;
      if (gain > (best?.gain ?? LEAST_GAIN)) best = { column, bin, gain };
    }
  }
  return best;
};

/** Less is what rounding leaves of sums that are equal. */
const LEAST_GAIN = 1e-9;

/** Moves the rows of `bin` and below to the front, both parts in their order; returns where the second begins. */
const partition = (
  order: Uint32Array,
  spare: Uint32Array,
  from: number,
  to: number,
  bins: Uint8Array,
  bin: number,
): number => {
  let middle = from;
  let above = 0;
  for (let i = from; i < to; i++) {
    const row = order[i];
    if (bins[row] <= bin) order[middle++] = row;
    else spare[above++] = row;
  }
  order.set(spare.subarray(0, above), middle);
  return middle;
};
