import { randomUUID } from 'node:crypto';
import { kindOf } from '../stage.ts';
import type { Store } from './contract.ts';

/** Gives the sums of all processes under a name, this one's among them. */
export type SharedSums = (name: string, own: Float64Array) => Promise<Float64Array>;

export interface SharedSumsConfig {
  /** What the keys begin with. */
  readonly prefix: string;
  /** A process that told nothing for so long is no longer counted. */
  readonly keepMs: number;
}

/** Through the store that the processes share. While it is away each has its own alone. */
export const sharedSums = (store: Store, { prefix, keepMs }: SharedSumsConfig): SharedSums => {
  const process = randomUUID();
  return async (name, own) => {
    const folder = `${prefix}/${name}/`;
    const mine = `${folder}${process}`;
    try {
      await store.put(mine, bytesOf(own), keepMs);
      const total = own.slice();
      for await (const keys of store.keys(folder)) {
        const entries = await store.getMany(keys.filter((key) => key !== mine));
        for (const bytes of entries) {
          if (bytes?.length !== own.byteLength) continue; // of another form
          sumsOf(bytes).forEach((value, i) => {
            total[i] += value;
          });
        }
      }
      return total;
    } catch (thrown) {
      if (kindOf(thrown) !== 'dependency') throw thrown;
      return own;
    }
  };
};

const bytesOf = (sums: Float64Array): Uint8Array =>
  Uint8Array.from(new Uint8Array(sums.buffer, sums.byteOffset, sums.byteLength));

const sumsOf = (bytes: Uint8Array): Float64Array => new Float64Array(Uint8Array.from(bytes).buffer);
