import type { Interactions } from '../domain/interactions.ts';
import type { Rng } from '../domain/rng.ts';
import type { UserScorer } from '../evaluation/contract.ts';

/** Each item of each user scored by chance, the same each time it is asked: what a model that knows nothing gives. */
export const randomScorer = (
  { userCount, itemCount }: Pick<Interactions, 'userCount' | 'itemCount'>,
  rng: Rng,
): UserScorer => ({
  name: 'random',
  userCount,
  itemCount,
  scoreUsers(users, out) {
    for (let i = 0; i < users.length; i++) {
      const seed = (rng.fork(`user:${users[i]}`).next() * 0x1_0000_0000) >>> 0;
      const row = i * itemCount;
      // a hash of user and item (MurmurHash3's finaliser): a billion draws of a generator would take minutes
      for (let item = 0; item < itemCount; item++) {
        let x = Math.imul(item + 1, 0x9e3779b1) ^ seed;
        x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
        x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
        out[row + item] = (x ^ (x >>> 16)) >>> 8;
      }
    }
  },
});
