/**
 * A sum of regression trees, all in a few flat arrays: a walk down a tree touches no object. A child that is >= 0 is an
 * inner node, one below 0 is the leaf of index -1 - child; so is the root of a tree that is a leaf alone.
 */
export interface TreeEnsemble {
  readonly roots: Int32Array; // [trees]
  readonly feature: Uint16Array; // [inner nodes], the column that the node asks for
  readonly threshold: Float32Array; // [inner nodes]: at most this goes left, all else (NaN too) goes right
  readonly left: Int32Array; // [inner nodes]
  readonly right: Int32Array; // [inner nodes]
  readonly leafValue: Float32Array; // [leaves]
}

/** Rows of raw features, row by row: [rows, columns]. */
export interface FeatureRows {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** The trees of all the ensembles, one after another. */
export const joinTrees = (ensembles: readonly TreeEnsemble[]): TreeEnsemble => {
  const total = (key: keyof TreeEnsemble): number => ensembles.reduce((sum, e) => sum + e[key].length, 0);
  const joined: TreeEnsemble = {
    roots: new Int32Array(total('roots')),
    feature: new Uint16Array(total('feature')),
    threshold: new Float32Array(total('feature')),
    left: new Int32Array(total('feature')),
    right: new Int32Array(total('feature')),
    leafValue: new Float32Array(total('leafValue')),
  };
  let [trees, nodes, leaves] = [0, 0, 0];
  for (const { roots, feature, threshold, left, right, leafValue } of ensembles) {
    const moved = (child: number): number => (child < 0 ? child - leaves : child + nodes);
    joined.roots.set(roots.map(moved), trees);
    joined.feature.set(feature, nodes);
    joined.threshold.set(threshold, nodes);
    joined.left.set(left.map(moved), nodes);
    joined.right.set(right.map(moved), nodes);
    joined.leafValue.set(leafValue, leaves);
    trees += roots.length;
    nodes += feature.length;
    leaves += leafValue.length;
  }
  return joined;
};

/** Adds each row's sum over the trees to `out`, [rows]. Tree by tree, so that a tree stays in the cache for all rows. */
export const addScores = (
  { roots, feature, threshold, left, right, leafValue }: TreeEnsemble,
  { values, rows, columns }: FeatureRows,
  out: Float64Array,
): void => {
  for (let t = 0; t < roots.length; t++) {
    const root = roots[t];
    for (let row = 0, at = 0; row < rows; row++, at += columns) {
      let node = root;
      while (node >= 0) node = values[at + feature[node]] <= threshold[node] ? left[node] : right[node];
      out[row] += leafValue[-1 - node];
    }
  }
};
