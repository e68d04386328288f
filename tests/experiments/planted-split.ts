import type { PublishedSplit } from '../../datasets/published.ts';
import { interactionsOf } from '../../src/domain/interactions.ts';
import { createRng } from '../../src/domain/rng.ts';
import type { SplitKind } from '../../src/evaluation/contract.ts';
import { shuffleInPlace } from '../../src/math/random.ts';

const GROUPS = 4;
const GROUP_ITEMS = 12;
const ITEMS = GROUPS * GROUP_ITEMS;

/**
 * Users of four tastes, each of whom took 9 of the 12 items of theirs: the last 1 or 3 are the test, and no
 * model that sees who took what together can miss them.
 */
export const plantedSplit = (kind: SplitKind, users = 80): PublishedSplit => {
  const rng = createRng(5);
  const uniform = (): number => rng.next();
  const taken = Array.from({ length: users }, (_, user) =>
    shuffleInPlace(
      Uint32Array.from({ length: GROUP_ITEMS }, (_, i) => (user % GROUPS) * GROUP_ITEMS + i),
      uniform,
    ).subarray(0, 9),
  );
  const tested = kind === 'full-ranking' ? 3 : 1;
  const negatives = Array.from({ length: users }, (_, user) =>
    Uint32Array.from({ length: 20 }, (_, i) => ((1 + (user % GROUPS)) * GROUP_ITEMS + i) % ITEMS),
  );
  return {
    name: 'Planted (4)',
    kind,
    train: interactionsOf(
      taken.map((items) => items.subarray(0, 9 - tested)),
      ITEMS,
    ),
    test: interactionsOf(
      taken.map((items, user) => items.subarray(user === 0 ? 9 : 9 - tested)), // the first user has no test items
      ITEMS,
    ),
    ...(kind === 'given-negatives' ? { negatives: interactionsOf(negatives, ITEMS) } : {}),
    userIds: Float64Array.from({ length: users }, (_, user) => user),
    itemIds: Float64Array.from({ length: ITEMS }, (_, item) => item),
    fingerprint: '0'.repeat(64),
  };
};
