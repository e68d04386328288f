import { DAY_MS } from '../../domain/clock.ts';
import type { Store } from '../stores/contract.ts';
import { sharedSums } from '../stores/shared-sums.ts';
import type { CanarySums } from './canary-sums.ts';

/** Gives the sums of all processes, this one's among them. */
export type SumsExchange = (version: string, own: CanarySums) => Promise<CanarySums>;

/** Through the store that the processes share. While it is away each judges by its own. */
export const sumsThrough = (store: Store): SumsExchange =>
  sharedSums(store, { prefix: 'canary', keepMs: DAY_MS });
