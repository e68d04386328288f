import { callerError } from '../../domain/errors.ts';
import type { PageBuilder } from '../contract.ts';
import { rankedOrder } from './ranked-order.ts';

/** Titles of the one row where the caller does not say. */
export const SINGLE_ROW_LENGTH = 20;

/**
 * A page of one row, the best titles in ranked order: what is served when the page builder is late or
 * fails, so it needs no catalogue, no profile and not even scores that are numbers.
 * @throws MarqueeError (caller) when the length is not a whole number from 1
 */
export function createSingleRow(length: number = SINGLE_ROW_LENGTH): PageBuilder {
  if (!Number.isSafeInteger(length) || length < 1) {
    throw callerError(
      'PAGE_CONFIG',
      `single-row: expected a length that is a whole number from 1, got ${length}`,
    );
  }
  return {
    name: 'single-row',
    build(_request, pool, scores) {
      const order = rankedOrder(pool, scores).subarray(0, length);
      if (order.length === 0) return { rows: [] };
      const row = {
        template: 'top-picks',
        heading: 'Top picks for you',
        titles: Uint32Array.from(order, (position) => pool.items[position]),
        scores: Float32Array.from(order, (position) => scores.combined[position]),
        reasons: Array.from(order, () => ({ kind: 'top-pick' }) as const),
      };
      return { rows: [row] };
    },
  };
}
