/** A log ratio counts as much as this many that say 0: the first sights of a title say little of its usual propensity. */
const PRIOR_SIGHTS = 2;

/**
 * What the recommender that wrote the logs thought of members, read from the propensities that it logged. The function
 * takes a title that was shown and its propensity, in order of time, and returns the log of how much likelier it was to
 * be shown to this member than to members in general, as told by the times it was shown before:
 *   favour = n / (n + PRIOR_SIGHTS) log(propensity / usual),  usual = n / sum_i (1 / propensity_i)
 * `usual` is the mean over all places, those where the title was not shown too, for each place where it was shown stands
 * for 1 / propensity of them.
 * @see Horvitz & Thompson, "A generalization of sampling without replacement from a finite universe", JASA 1952
 */
export const createFavours = (titles: number): ((title: number, propensity: number) => number) => {
  const sights = new Uint32Array(titles);
  const places = new Float64Array(titles);
  return (title, propensity) => {
    const n = sights[title]++;
    const before = places[title];
    places[title] += 1 / propensity;
    return n === 0 ? 0 : (n / (n + PRIOR_SIGHTS)) * Math.log((propensity * before) / n);
  };
};
