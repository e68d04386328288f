/**
 * A source of one's own: titles that few have watched and most of those finished.
 * Try it beside ours: npm start -- --candidate-generator examples/quiet-gems.ts
 */
import type { CandidateGenerator } from '../src/candidate-gen/contract.ts';
import { searchSize, takeEligible } from '../src/candidate-gen/eligible.ts';
import { finishLift } from '../src/features/title-counts.ts';
import { topK } from '../src/math/top-k.ts';
import type { GivenModels } from '../src/serving/own-parts/contract.ts';

/** Plays from which on a title is no longer quiet. */
const LOUD = 50;

export default ({ catalogue: { titles }, counts }: GivenModels): CandidateGenerator => {
  const worth = Float32Array.from(titles.ids, (_, title) =>
    counts.plays[title] < LOUD ? finishLift(counts, title) : -100 + finishLift(counts, title),
  );
  return {
    name: 'quiet-gems',
    async generate(request, limit, { signal }) {
      signal.throwIfAborted();
      const items = topK(worth, searchSize(request, titles, limit));
      const list = { items, scores: Float32Array.from(items, (title) => worth[title]) };
      return takeEligible(list, request, titles, limit);
    },
  };
};
