import type { Interactions } from '../../domain/interactions.ts';
import type { Uniform } from '../../math/random.ts';
import type { IdTowerSettings } from './settings.ts';

export interface Negatives {
  /** Items, all different. */
  readonly columns: Uint32Array; // [n]
  /** log(n Q) of each, Q being the chance with which it was drawn. */
  readonly logQ: Float32Array; // [n]
}

/** Draws a step's negatives: some by popularity, the others uniformly; all items where no more are there. */
export const negativeSource = (
  { items, itemCount }: Interactions,
  { negatives, popularNegatives }: Pick<IdTowerSettings, 'negatives' | 'popularNegatives'>,
): ((uniform: Uniform) => Negatives) => {
  const n = Math.min(negatives, itemCount);
  const taken = new Uint8Array(itemCount);
  const frequency = new Float64Array(itemCount);
  for (const item of items) frequency[item]++;
  const popular = Math.floor(n * popularNegatives);
  return (uniform) => {
    const columns = new Uint32Array(n);
    if (n === itemCount) for (let j = 0; j < n; j++) columns[j] = j;
    else {
      for (let j = 0; j < n; ) {
        const drawn =
          j < popular ? items[Math.floor(uniform() * items.length)] : Math.floor(uniform() * itemCount);
        if (taken[drawn] === 1) continue;
        taken[drawn] = 1;
        columns[j++] = drawn;
      }
      for (const column of columns) taken[column] = 0;
    }
    const logQ = Float32Array.from(columns, (item) =>
      Math.log(Math.min(1, popular * (frequency[item] / items.length) + (n - popular) / itemCount)),
    );
    return { columns, logQ };
  };
};
