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
  const me = randomUUID();
  return async (name, own) => {
    const keyOf = (what: string): string => `${prefix}/${name}/${what}`;
    const list = keyOf('processes');
    try {
      await store.put(keyOf(me), bytesOf(own), keepMs);
      const others = (await listed(store, list, (all) => all.add(me))).filter((each) => each !== me);
      const entries = await store.getMany(others.map(keyOf));
      const ended = others.filter((_, i) => entries[i] === undefined);
      if (ended.length > 0) {
        await listed(store, list, (all) => {
          for (const each of ended) all.delete(each);
        });
      }
      const total = own.slice();
      for (const bytes of entries) {
        if (bytes?.length !== own.byteLength) continue; // of another form, or none
        sumsOf(bytes).forEach((value, i) => {
          total[i] += value;
        });
      }
      return total;
    } catch (thrown) {
      if (kindOf(thrown) !== 'dependency') throw thrown;
      return own;
    }
  };
};

/** The processes under this key, changed; they are listed, for to search a store for keys takes long. */
const listed = (store: Store, key: string, change: (all: Set<string>) => void): Promise<string[]> =>
  store.apply([key], ([held]) => {
    const before = held === undefined ? '' : new TextDecoder().decode(held);
    const all = new Set(before.split(' ').filter((each) => each !== ''));
    change(all);
    const result = [...all];
    const after = result.join(' ');
    return { writes: after === before ? [] : [{ key, value: Buffer.from(after) }], result };
  });

const bytesOf = (sums: Float64Array): Uint8Array =>
  Uint8Array.from(new Uint8Array(sums.buffer, sums.byteOffset, sums.byteLength));

const sumsOf = (bytes: Uint8Array): Float64Array => new Float64Array(Uint8Array.from(bytes).buffer);
