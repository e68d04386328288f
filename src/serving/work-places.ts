import { join } from 'node:path';
import type { StoreAddress } from './stores/store-address.ts';

/** Where a work directory keeps what; the demo writes it and the server reads it. */
export interface WorkPlaces {
  readonly dataset: string;
  readonly models: string;
  readonly store: StoreAddress;
  /** A folder of this machine, for what it acknowledged before a store over the network had it. */
  readonly journal: string;
  /** A folder of what was served, with its features. */
  readonly served: string;
  /** A file: what the demo measured. */
  readonly results: string;
}

export const workPlaces = (workDir: string): WorkPlaces => ({
  dataset: join(workDir, 'dataset'),
  models: join(workDir, 'models'),
  store: { kind: 'lmdb', folder: join(workDir, 'store') },
  journal: join(workDir, 'journal'),
  served: join(workDir, 'served'),
  results: join(workDir, 'results.json'),
});
