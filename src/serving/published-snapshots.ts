import { type ArrowTable, type Columns, columnOf, listsOf, numbersOf } from '../artifacts/columns.ts';
import type { Snapshot } from '../monitoring/drift.ts';

/** Snapshots of features and predictions as the table of a version. */
export const snapshotColumns = (snapshots: readonly Snapshot[]): Columns => ({
  name: snapshots.map(({ name }) => name),
  edges: listsOf(
    Float64Array,
    snapshots.map(({ edges }) => edges),
  ),
  counts: listsOf(
    Float64Array,
    snapshots.map(({ counts }) => counts),
  ),
  least: Float64Array.from(snapshots, ({ least }) => least),
  most: Float64Array.from(snapshots, ({ most }) => most),
  pages: Uint32Array.from(snapshots, ({ pages }) => pages),
});

export const readSnapshots = (table: ArrowTable): Snapshot[] => {
  const edges = columnOf(table, 'edges', 'number-lists');
  const counts = columnOf(table, 'counts', 'number-lists');
  const [least, most] = [numbersOf(table, 'least', Float64Array), numbersOf(table, 'most', Float64Array)];
  const pages = numbersOf(table, 'pages', Uint32Array);
  return columnOf(table, 'name', 'strings').values.map((name, i) => ({
    name,
    edges: edges.values.subarray(edges.offsets[i], edges.offsets[i + 1]) as Float64Array,
    counts: counts.values.subarray(counts.offsets[i], counts.offsets[i + 1]) as Float64Array,
    ...{ least: least[i], most: most[i], pages: pages[i] },
  }));
};
