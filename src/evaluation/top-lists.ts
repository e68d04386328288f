import { itemsOf } from '../domain/interactions.ts';
import type { Progress } from '../domain/progress.ts';
import { sharedKernels } from '../math/kernels/kernels.ts';
import type { EvaluationSplit, UserScorer } from './contract.ts';

/** The best items of each tested user, best first. */
export interface TopLists {
  /** Those with test items, ascending. */
  readonly users: Uint32Array;
  readonly k: number;
  /** [users, k]: of a list shorter than k only the first `lengths[i]` places count. */
  readonly items: Uint32Array;
  readonly lengths: Uint32Array;
}

/** The list of the i-th tested user: a view. */
export const topListOf = ({ items, lengths, k }: TopLists, i: number): Uint32Array =>
  items.subarray(i * k, i * k + lengths[i]);

/** Words of scores held at a time, 16 MB: users are ranked in blocks, so memory does not grow with them. */
const BLOCK_WORDS = 1 << 22;

/**
 * The first k of the split's candidates for each tested user, by falling score.
 * Full ranking and last item: all items but those that the user trained on; equal scores in order of row.
 * Given negatives: the user's test items and negatives; of equal scores the negatives come first, so that a
 * model which scores all alike finds nothing.
 * @throws RangeError when the scorer is of other users or items, gives a candidate NaN, or k is no whole number >= 1
 */
export const rankSplit = (
  scorer: UserScorer,
  split: EvaluationSplit,
  { k, progress }: { readonly k: number; readonly progress: Progress },
): TopLists => {
  const { train, test } = split;
  const { userCount, itemCount } = train;
  if (!Number.isSafeInteger(k) || k < 1) throw new RangeError(`k: expected a whole number >= 1, got ${k}`);
  if (scorer.userCount !== userCount || scorer.itemCount !== itemCount) {
    throw new RangeError(
      `${scorer.name}: expected ${userCount} users and ${itemCount} items, got ${scorer.userCount} and ${scorer.itemCount}`,
    );
  }
  const users = Uint32Array.from({ length: userCount }, (_, u) => u).filter(
    (u) => itemsOf(test, u).length > 0,
  );
  const lists: TopLists = {
    users,
    k,
    items: new Uint32Array(users.length * k),
    lengths: new Uint32Array(users.length),
  };
  const size = Math.max(1, Math.min(users.length, Math.floor(BLOCK_WORDS / itemCount)));
  const kernels = sharedKernels();
  const scores = kernels.alloc(size * itemCount);
  const ids = kernels.alloc(k);
  const values = kernels.alloc(k);
  const step = progress.step(`rank ${scorer.name}`, users.length);
  try {
    const [found, rows] = [ids.u32, scores.f32];
    for (let start = 0; start < users.length; start += size) {
      const block = users.subarray(start, start + size);
      scorer.scoreUsers(block, rows.subarray(0, block.length * itemCount));
      for (let b = 0; b < block.length; b++) {
        const row = rows.subarray(b * itemCount, (b + 1) * itemCount);
        let list: Uint32Array;
        if (split.negatives === undefined) {
          const own = itemsOf(train, block[b]);
          for (const item of own) row[item] = Number.NaN; // never selected, whatever scores the others have
          const span = scores.words(b * itemCount, (b + 1) * itemCount);
          const count = kernels.topK({ scores: span, n: itemCount, k, ids, values });
          expectScored(scorer, block[b], count === Math.min(k, itemCount - own.length));
          list = found.subarray(0, count);
        } else {
          const all = rankCandidates(row, itemsOf(split.negatives, block[b]), itemsOf(test, block[b]));
          expectScored(scorer, block[b], !all.some((item) => Number.isNaN(row[item])));
          list = all.subarray(0, k);
        }
        lists.items.set(list, (start + b) * k);
        lists.lengths[start + b] = list.length;
      }
      step.advance(start + block.length);
    }
  } finally {
    scores.free();
    ids.free();
    values.free();
    step.end();
  }
  return lists;
};

/** Sorting keeps the order of what is equal, so negatives stand before positives of the same score. */
const rankCandidates = (
  scores: Float32Array,
  negatives: Uint32Array,
  positives: Uint32Array,
): Uint32Array => {
  const candidates = new Uint32Array(negatives.length + positives.length);
  candidates.set(negatives);
  candidates.set(positives, negatives.length);
  return candidates.sort((a, b) => scores[b] - scores[a]);
};

const expectScored = ({ name }: UserScorer, user: number, scored: boolean): void => {
  if (!scored) throw new RangeError(`${name}: expected a score for every item of user ${user}, got NaN`);
};
