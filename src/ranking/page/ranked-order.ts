import { bugError } from '../../domain/errors.ts';
import type { CandidatePool } from '../../domain/request.ts';
import { topK } from '../../math/top-k.ts';
import type { Scores } from '../contract.ts';

/**
 * Positions in the pool from the best combined score to the worst, [n]; equal scores in pool order, NaN
 * last.
 * @throws MarqueeError (bug) when there is not one score for each candidate
 */
export function rankedOrder(pool: CandidatePool, { combined }: Scores): Uint32Array {
  const size = pool.items.length;
  if (combined.length !== size) {
    throw bugError('SCORES_NOT_ALIGNED', `page: expected ${size} combined scores, got ${combined.length}`);
  }
  const order = new Uint32Array(size);
  const numbers = topK(combined, size);
  order.set(numbers);
  let end = numbers.length;
  for (let i = 0; end < size; i++) if (Number.isNaN(combined[i])) order[end++] = i;
  return order;
}
