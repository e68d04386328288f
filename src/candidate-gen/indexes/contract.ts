import type { Columns } from '../../artifacts/columns.ts';
import type { Manifest } from '../../artifacts/manifest.ts';
import type { VectorIndex } from '../contract.ts';

/** An index that can be written to a folder and opened again: see `saved.ts`. */
export interface SavedIndex extends VectorIndex {
  /** Kernel memory that the index holds as long as it lives. */
  readonly sizeBytes: number;
  /** What opening needs, with the vectors as views of kernel memory: to be written before the index is let go. */
  toTables(): IndexTables;
}

export interface IndexTables {
  readonly tables: Readonly<Record<string, Columns>>;
  readonly meta?: Manifest['meta'];
}
