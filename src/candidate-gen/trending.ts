/** What is watched of late: in the member's region in the last hour where that is known, else as of the version's logs. */
import type { Titles } from '../domain/tables.ts';
import type { CandidateGenerator } from './contract.ts';
import { eligibility, expectLimit } from './eligible.ts';
import { createPopularity } from './popularity.ts';

export interface TrendingParts {
  readonly titles: Titles;
  /** Recent plays of each title as of the logs, [titles]. Read once, as the source is built. */
  readonly counts: Float32Array | Float64Array;
}

/**
 * A source that proposes the request's trending titles by their plays, then what the logs had, in their order. Scores
 * are plays where they are of the last hour, and below 1 where they are of the logs.
 * @throws RangeError when counts and titles differ in length
 */
export const createTrending = ({ titles, counts }: TrendingParts): CandidateGenerator => {
  const name = 'trending';
  const fromLogs = createPopularity({ titles, counts, name });
  return {
    name,
    async generate(request, limit, ctx) {
      const { trending } = request;
      if (trending === undefined) return fromLogs.generate(request, limit, ctx);
      expectLimit(limit);
      const eligible = eligibility(request, titles);
      const live = Array.from(trending.titles.keys()).filter((i) => eligible(trending.titles[i]));
      const kept = live.slice(0, limit);
      const taken = new Set(kept.map((i) => trending.titles[i]));
      const logged = await fromLogs.generate(request, limit, ctx);
      const rest = Array.from(logged.items.keys())
        .filter((i) => !taken.has(logged.items[i]))
        .slice(0, limit - kept.length);
      const most = logged.scores[0] + 1;
      return {
        items: Uint32Array.of(...kept.map((i) => trending.titles[i]), ...rest.map((i) => logged.items[i])),
        scores: Float32Array.of(
          ...kept.map((i) => trending.plays[i]),
          ...rest.map((i) => logged.scores[i] / most),
        ),
      };
    },
  };
};
