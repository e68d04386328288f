import { type CodeLists, codesOf } from '../domain/tables.ts';

/** A log ratio counts as much as this many that say 0: the first sights of a title say little of its usual propensity. */
const PRIOR_SIGHTS = 2;

/** How much likelier than usual a title was to be shown, and how well that is known, 0 to 1. */
export interface Favour {
  readonly logRatio: number;
  readonly weight: number;
}

/**
 * How much likelier titles were to be shown to a member than to members in general, read from the propensities that were
 * logged. The function takes a title that was shown and its propensity, in order of time, and holds it against the times
 * it was shown before:
 *   log ratio = log(propensity / usual),  usual = n / sum_i (1 / propensity_i),  weight = n / (n + PRIOR_SIGHTS)
 * `usual` is the mean over all places, those where the title was not shown too, for each place where it was shown stands
 * for 1 / propensity of them.
 * @see Horvitz & Thompson, "A generalization of sampling without replacement from a finite universe", JASA 1952
 */
export const createFavours = (titles: number): ((title: number, propensity: number) => Favour) => {
  const sights = new Uint32Array(titles);
  const places = new Float64Array(titles);
  return (title, propensity) => {
    const n = sights[title]++;
    const before = places[title];
    places[title] += 1 / propensity;
    return n === 0
      ? { logRatio: 0, weight: 0 }
      : { logRatio: Math.log((propensity * before) / n), weight: n / (n + PRIOR_SIGHTS) };
  };
};

/** What the recommender behind the logs thought of a member's interest in each genre. */
export interface GenreFavours {
  /** Log of how much more it thought of the genre than of members in general; 0 where nothing is known. */
  readonly favour: Float64Array; // [genres]
  /** Evidence of it, in titles that say it alone. */
  readonly evidence: Float64Array; // [genres]
}

/** Share of a title's usual propensity that is the same for all members: what is popular, and what is drawn at random. */
const FOR_EVERYBODY = 0.35;
/** Of the log ratios about what the genres make of them: rows differ, and so do titles. */
const RATIO_VARIANCE = 0.1;
const FAVOUR_VARIANCE = 2;
/** Steps that a page brings: several while little was seen and each is cheap, then one, for the next page brings more. */
const STEPS_AT_FIRST = 3;
const SETS_AT_FIRST = 40;
const DAMPING = 0.7;
const LONGEST_STEP = 1;

/** What was seen of one member, summed by set of genres: titles of the same genres say the same. */
interface Seen {
  favours: GenreFavours;
  size: number;
  sets: Uint32Array; // [capacity], and so the others
  weights: Float64Array;
  /** Weighted log ratios. */
  ratios: Float64Array;
}

/**
 * The likeliest favours of genres, member by member, given how much titles were favoured:
 *   log ratio ~ Normal(log(c + (1 - c) mean_g exp(favour_g)), RATIO_VARIANCE / weight),  favour_g ~ Normal(0, FAVOUR_VARIANCE)
 * over the title's genres g, c being FOR_EVERYBODY. A title of several genres is thus no evidence of those that its
 * other genres explain. Each page brings a few damped Gauss-Newton steps, from where the last one left off.
 */
export const createGenreFavours = (
  titleGenres: CodeLists,
  genres: number,
): ((member: number, shown: Iterable<Favour & { readonly title: number }>) => GenreFavours) => {
  const sets = numberSets(titleGenres);
  const seenOf = new Map<number, Seen>();
  return (member, shown) => {
    const seen = seenOf.get(member) ?? nothingSeen(genres);
    seenOf.set(member, seen);
    for (const { title, logRatio, weight } of shown)
      if (weight > 0) add(seen, sets.ofTitle[title], weight, logRatio);
    const favours = { favour: seen.favours.favour.slice(), evidence: new Float64Array(genres) };
    const steps = seen.size <= SETS_AT_FIRST ? STEPS_AT_FIRST : 1;
    for (let step = 0; step < steps; step++) stepTowards(favours, seen, sets.genres);
    seen.favours = favours;
    return favours;
  };
};

const nothingSeen = (genres: number): Seen => ({
  favours: { favour: new Float64Array(genres), evidence: new Float64Array(genres) },
  size: 0,
  sets: new Uint32Array(16),
  weights: new Float64Array(16),
  ratios: new Float64Array(16),
});

const add = (seen: Seen, set: number, weight: number, logRatio: number): void => {
  let at = seen.sets.subarray(0, seen.size).indexOf(set);
  if (at < 0) {
    at = seen.size++;
    if (at === seen.sets.length) grow(seen);
    seen.sets[at] = set;
  }
  seen.weights[at] += weight;
  seen.ratios[at] += weight * logRatio;
};

const grow = (seen: Seen): void => {
  const { sets, weights, ratios } = seen;
  seen.sets = new Uint32Array(2 * sets.length);
  seen.weights = new Float64Array(2 * sets.length);
  seen.ratios = new Float64Array(2 * sets.length);
  seen.sets.set(sets);
  seen.weights.set(weights);
  seen.ratios.set(ratios);
};

/** One step of all favours at once, each by its own curvature; the evidence is overwritten. */
const stepTowards = (
  { favour, evidence }: GenreFavours,
  { size, sets, weights, ratios }: Seen,
  { offsets, codes }: CodeLists,
): void => {
  const raised = favour.map(Math.exp);
  const gradient = favour.map((x) => -x / FAVOUR_VARIANCE);
  evidence.fill(0);
  for (let i = 0; i < size; i++) {
    const [from, to] = [offsets[sets[i]], offsets[sets[i] + 1]];
    let sum = 0;
    for (let k = from; k < to; k++) sum += raised[codes[k]];
    const share = (1 - FOR_EVERYBODY) / (to - from);
    const ratio = FOR_EVERYBODY + share * sum;
    const error = (ratios[i] - weights[i] * Math.log(ratio)) / RATIO_VARIANCE;
    for (let k = from; k < to; k++) {
      const slope = (share * raised[codes[k]]) / ratio;
      gradient[codes[k]] += slope * error;
      evidence[codes[k]] += weights[i] * slope * slope;
    }
  }
  for (let g = 0; g < favour.length; g++) {
    const step = (DAMPING * gradient[g]) / (evidence[g] / RATIO_VARIANCE + 1 / FAVOUR_VARIANCE);
    favour[g] += Math.min(LONGEST_STEP, Math.max(-LONGEST_STEP, step));
  }
};

/** The sets of genres that titles have, each numbered once. */
const numberSets = (
  titleGenres: CodeLists,
): { readonly ofTitle: Uint32Array; readonly genres: CodeLists } => {
  const numbers = new Map<string, number>();
  const offsets = [0];
  const codes: number[] = [];
  const ofTitle = Uint32Array.from({ length: titleGenres.offsets.length - 1 }, (_, title) => {
    const own = codesOf(titleGenres, title);
    const key = own.join();
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    codes.push(...own);
    offsets.push(codes.length);
    return numbers.size - 1;
  });
  return { ofTitle, genres: { offsets: Uint32Array.from(offsets), codes: Uint8Array.from(codes) } };
};
