import { randomUUID } from 'node:crypto';
import { DAY_MS } from '../../domain/clock.ts';
import { kindOf } from '../stage.ts';
import type { Store } from '../stores/contract.ts';
import { addSums, type CanarySums } from './canary-sums.ts';

/** Gives the sums of all processes, this one's among them. */
export type SumsExchange = (version: string, own: CanarySums) => Promise<CanarySums>;

/** Through the store that the processes share. While it is away each judges by its own. */
export const sumsThrough = (store: Store): SumsExchange => {
  const process = randomUUID();
  return async (version, own) => {
    const prefix = `canary/${version}/`;
    const mine = `${prefix}${process}`;
    try {
      await store.put(mine, bytesOf(own), DAY_MS);
      const others: CanarySums[] = [];
      for await (const keys of store.keys(prefix)) {
        const entries = await store.getMany(keys.filter((key) => key !== mine));
        for (const bytes of entries) if (bytes?.length === own.byteLength) others.push(sumsOf(bytes));
      }
      return addSums([own, ...others]);
    } catch (thrown) {
      if (kindOf(thrown) !== 'dependency') throw thrown;
      return own;
    }
  };
};

const bytesOf = (sums: CanarySums): Uint8Array => Uint8Array.from(new Uint8Array(sums.buffer));

const sumsOf = (bytes: Uint8Array): CanarySums => new Float64Array(Uint8Array.from(bytes).buffer);
