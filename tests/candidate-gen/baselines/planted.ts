import { type Interactions, interactionsOf, itemsOf } from '../../../src/domain/interactions.ts';
import { createRng } from '../../../src/domain/rng.ts';
import type { UserScorer } from '../../../src/evaluation/contract.ts';

export const TASTE_USERS = 40;
export const TASTE_ITEMS = 20;

/**
 * Two tastes that never meet: even users take 6 of the 10 even items, odd users of the odd ones; user 40 has
 * taken nothing, and no one has taken items 20 and 21.
 */
export const twoTastes = (): Interactions => {
  const rng = createRng(7);
  const lists = Array.from({ length: TASTE_USERS }, (_, user) => {
    const left = Array.from({ length: TASTE_ITEMS / 2 }, (_, k) => 2 * k + (user % 2));
    return Array.from({ length: 6 }, () => left.splice(Math.floor(rng.next() * left.length), 1)[0]);
  });
  return interactionsOf([...lists, []], TASTE_ITEMS + 2);
};

/** Pairs drawn with chance 0.3, for closed forms. */
export const drawnPairs = (users: number, items: number, seed = 3): Interactions => {
  const rng = createRng(seed);
  const row = (): number[] => Array.from({ length: items }, (_, i) => i).filter(() => rng.next() < 0.3);
  return interactionsOf(Array.from({ length: users }, row), items);
};

/** Scores of every user at once: [users][items]. */
export const allScores = (model: UserScorer): Float32Array[] => {
  const out = new Float32Array(model.userCount * model.itemCount);
  model.scoreUsers(
    Uint32Array.from({ length: model.userCount }, (_, u) => u),
    out,
  );
  const { itemCount } = model;
  return Array.from({ length: model.userCount }, (_, u) => out.subarray(u * itemCount, (u + 1) * itemCount));
};

/** Share of the users for whom every item of their taste that they have not taken beats every item of the other. */
export const shareThatFoundTheirTaste = (model: UserScorer, train: Interactions): number => {
  const scores = allScores(model);
  let found = 0;
  for (let user = 0; user < TASTE_USERS; user++) {
    const own = new Set(itemsOf(train, user));
    const of = (taste: number): number[] =>
      [...scores[user].subarray(0, TASTE_ITEMS)].filter((_, i) => i % 2 === taste && !own.has(i));
    if (Math.min(...of(user % 2)) > Math.max(...of(1 - (user % 2)))) found += 1;
  }
  return found / TASTE_USERS;
};
