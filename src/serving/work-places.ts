import { join } from 'node:path';

/** Where a work directory keeps what; the demo writes it and the server reads it. */
export interface WorkPlaces {
  readonly dataset: string;
  readonly models: string;
  readonly store: string;
}

export const workPlaces = (workDir: string): WorkPlaces => ({
  dataset: join(workDir, 'dataset'),
  models: join(workDir, 'models'),
  store: join(workDir, 'store'),
});
