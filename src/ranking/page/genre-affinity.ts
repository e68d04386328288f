import type { MemberProfile } from '../../domain/request.ts';

/**
 * How much the member is drawn to each genre, from 0 to 1 for the favourite, [genres]: the sum of watched
 * fractions, and `surveyPlays` more for a genre named at sign-up. All 0 for a member of whom neither is
 * known.
 */
export function genreAffinity(profile: MemberProfile, genreCount: number, surveyPlays: number): Float64Array {
  const affinity = new Float64Array(genreCount);
  for (let genre = 0; genre < genreCount; genre++) affinity[genre] = profile.genreWatched[genre] ?? 0;
  for (const genre of profile.surveyGenres) if (genre < genreCount) affinity[genre] += surveyPlays;
  const most = affinity.reduce((a, b) => Math.max(a, b), 0);
  return most > 0 ? affinity.map((value) => value / most) : affinity;
}
