import type { MemberProfile } from '../domain/request.ts';
import type { Vocabulary } from '../domain/tables.ts';
import { HOUR_BUCKETS, hourBucket, type RowPriors } from '../ranking/page/row-bandit.ts';

/** Watched titles for which the average counts in a lift: groups are small, and most of their lifts are 1. */
const SMOOTHING = 20;

/**
 * What the profiles of earlier members tell about new ones, by what these said and were seen to use when they came:
 *   lift(answer, genre) = (watched + SMOOTHING) / (expected + SMOOTHING)
 * over the members with that answer. A member is expected to watch of a genre what all do, by title looked at, times
 * how much this member watches of anything.
 */
export const learnRowPriors = (profiles: readonly MemberProfile[], vocabulary: Vocabulary): RowPriors => {
  const genres = vocabulary.genres.length;
  const [watched, examined] = [new Float64Array(genres), new Float64Array(genres)];
  for (const { genreWatched, genreExamined } of profiles) {
    for (let g = 0; g < genres; g++) {
      watched[g] += genreWatched[g];
      examined[g] += genreExamined[g];
    }
  }
  const rates = watched.map((sum, g) => (sum + 1) / (examined[g] + SMOOTHING));
  const table = (answers: number) => ({
    seen: new Float64Array(answers * genres),
    expected: new Float64Array(answers * genres),
  });
  const tables = {
    survey: table(2),
    country: table(vocabulary.countries.length),
    device: table(vocabulary.devices.length),
    hour: table(HOUR_BUCKETS),
  };
  for (const profile of profiles) {
    const { genreWatched, genreExamined, surveyGenres, historyTimes } = profile;
    let [all, allExpected] = [0, 0];
    for (let g = 0; g < genres; g++) {
      all += genreWatched[g];
      allExpected += rates[g] * genreExamined[g];
    }
    if (!(allExpected > 0)) continue;
    const named = new Set(surveyGenres);
    for (let g = 0; g < genres; g++) {
      const expected = (all / allExpected) * rates[g] * genreExamined[g];
      const add = (of: ReturnType<typeof table>, answer: number): void => {
        of.seen[answer * genres + g] += genreWatched[g];
        of.expected[answer * genres + g] += expected;
      };
      if (named.size > 0) add(tables.survey, named.has(g) ? 1 : 0);
      add(tables.country, profile.country);
      add(tables.device, profile.device);
      if (historyTimes.length > 0) add(tables.hour, hourBucket(historyTimes[0]));
    }
  }
  const lifts = ({ seen, expected }: ReturnType<typeof table>): Float64Array =>
    seen.map((sum, i) => (sum + SMOOTHING) / (expected[i] + SMOOTHING));
  return {
    rates,
    survey: lifts(tables.survey),
    country: lifts(tables.country),
    device: lifts(tables.device),
    hour: lifts(tables.hour),
  };
};
