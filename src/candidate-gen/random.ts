/** Titles at random: the floor under every other source, and a way to explore the whole catalogue. */
import type { Titles } from '../domain/tables.ts';
import type { CandidateGenerator } from './contract.ts';
import { eligibility, expectLimit } from './eligible.ts';

/**
 * A source that draws eligible titles uniformly without replacement (Fisher & Yates, 1938). The draw
 * depends on the seed and the request id alone. Scores fall evenly from 1 and mean nothing but order.
 */
export function createRandom(titles: Titles): CandidateGenerator {
  const size = titles.releaseDay.length;
  const deck = Uint32Array.from({ length: size }, (_, title) => title);
  const swaps = new Uint32Array(size);
  return {
    name: 'random',
    async generate(request, limit, { rng, signal }) {
      signal.throwIfAborted();
      expectLimit(limit);
      const eligible = eligibility(request, titles);
      const draws = rng.fork(`random/${request.requestId}`);
      const items = new Uint32Array(Math.min(limit, size));
      let taken = 0;
      let drawn = 0;
      for (; drawn < size && taken < items.length; drawn++) {
        const from = drawn + Math.floor(draws.next() * (size - drawn));
        swaps[drawn] = from;
        swap(deck, drawn, from);
        if (eligible(deck[drawn])) items[taken++] = deck[drawn];
      }
      // The deck goes back in order, so that no draw depends on the requests before it.
      while (drawn > 0) swap(deck, --drawn, swaps[drawn]);
      const scores = new Float32Array(taken);
      for (let i = 0; i < taken; i++) scores[i] = 1 - i / taken;
      return { items: items.subarray(0, taken), scores };
    },
  };
}

function swap(deck: Uint32Array, a: number, b: number): void {
  const held = deck[a];
  deck[a] = deck[b];
  deck[b] = held;
}
