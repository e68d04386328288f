import { type Interactions, interactionsOf, itemsOf } from '../src/domain/interactions.ts';
import type { Rng } from '../src/domain/rng.ts';
import type { EvaluationSplit } from '../src/evaluation/contract.ts';
import { shuffleInPlace } from '../src/math/random.ts';

/** Part of each user's items that validates where lists have no order. */
export const VALIDATION_SHARE = 0.1;

/**
 * A split of the training part alone, for choices that must not see the test part. Full ranking: of each
 * user a random 10 %, rounded up or down by chance so that the share holds on average, and never all. Else
 * the last item of each user who has two or more, ranked among all items.
 */
export const validationSplit = (
  { kind, train }: Pick<EvaluationSplit, 'kind' | 'train'>,
  rng: Rng,
): EvaluationSplit => {
  const kept: Uint32Array[] = [];
  const heldOut: Uint32Array[] = [];
  for (let user = 0; user < train.userCount; user++) {
    const own = itemsOf(train, user);
    const most = Math.max(0, own.length - 1);
    if (kind === 'full-ranking') {
      const chance = rng.fork(`validation:${user}`);
      const uniform = (): number => chance.next();
      const drawn = shuffleInPlace(own.slice(), uniform).subarray(
        0,
        Math.min(most, Math.floor(own.length * VALIDATION_SHARE + uniform())),
      );
      const out = new Set(drawn);
      kept.push(own.filter((item) => !out.has(item))); // the order of time stays
      heldOut.push(drawn);
    } else {
      kept.push(own.subarray(0, most === 0 ? own.length : most));
      heldOut.push(most === 0 ? own.subarray(0, 0) : own.subarray(most));
    }
  }
  const part = (lists: readonly Uint32Array[]): Interactions => interactionsOf(lists, train.itemCount);
  return {
    kind: kind === 'full-ranking' ? kind : 'last-item',
    train: part(kept),
    test: part(heldOut),
  };
};
