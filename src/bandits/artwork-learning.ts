import type { Rng } from '../domain/rng.ts';
import type { Artworks } from '../domain/tables.ts';
import { titleThemesOf } from '../domain/title-themes.ts';
import { createAdam } from '../math/adam.ts';
import { shuffleInPlace } from '../math/random.ts';
import { sigmoid } from '../math/statistics.ts';
import type { ArtworkModel } from './artwork-model.ts';

/**
 * What members were shown and took, grouped by member, with what is known of each at its end. A take moves what is
 * known of its member by its title alone, and the artwork is drawn whatever the title, so nothing of what is to be
 * learned leaks into the context.
 */
export interface ArtworkLog {
  readonly members: number;
  readonly contextSize: number;
  readonly contexts: Float32Array; // [members, contextSize], of which the first is 1
  readonly firstRow: Uint32Array; // [members + 1]
  readonly artwork: Uint32Array; // [rows]
  /** P(the place was looked at), (0, 1]. */
  readonly examined: Float32Array; // [rows]
  readonly clicked: Uint8Array; // [rows]
  /** Log-odds of a take as far as member and title go, whatever the artwork. */
  readonly offset: Float32Array; // [rows]
}

export interface ArtworkLearningSettings {
  readonly epochs: number;
  readonly membersPerBatch: number;
  /** At the start; it falls linearly to a twentieth. */
  readonly learningRate: number;
  /** Variance of pull among artworks, in squared log-odds: what little was seen of is drawn to 0 by it. */
  readonly pullVariance: number;
  /** Variance of each number of a member's mood around what the context says, in squared log-odds. */
  readonly moodVariance: number;
}

/** Chosen by takes in worlds of seeds 1, 2 and 3. */
export const ARTWORK_LEARNING: ArtworkLearningSettings = {
  epochs: 6,
  membersPerBatch: 32,
  learningRate: 0.003,
  pullVariance: 0.02,
  moodVariance: 0.06,
};

export interface LearnedArtwork {
  readonly model: ArtworkModel;
  /** What the context says of each member, moved by what they took and left. [members, themeSize] */
  readonly moods: Float32Array;
}

/**
 * The model that the log teaches: first the weights by maximum likelihood, then each artwork's pull and each member's
 * deviation from the mood that the context says, by their posterior modes under Normal(0, pullVariance) and
 * Normal(0, moodVariance):
 *   P(clicked) = examined sigmoid(slope offset + shift + mood . own(artwork) + pull(artwork))
 * `own` is the artwork's theme less the mean of its title's artworks. Members take titles of their mood whatever
 * the artwork; without this split, the artworks would be credited with it. Logs must have drawn the artwork at
 * random for this to be causal, and need not have drawn the title so.
 * @throws RangeError when an examination probability is not in (0, 1]
 */
export const learnArtworkModel = (options: {
  readonly log: ArtworkLog;
  readonly artworks: Artworks;
  readonly rng: Rng;
  readonly settings?: Partial<ArtworkLearningSettings>;
}): LearnedArtwork => {
  const { log, artworks, rng } = options;
  const settings = { ...ARTWORK_LEARNING, ...options.settings };
  expectExamined(log.examined);
  const { themeSize } = artworks;
  const own = ownThemesOf(artworks);
  const scale = standardise(log);
  const parameters = learnWeights(log, scale, own, themeSize, rng, settings);
  const expected = expectedMoods(log, scale, themeSize, parameters);
  const given = {
    own,
    expected,
    slope: parameters[themeSize * log.contextSize],
    shift: parameters[themeSize * log.contextSize + 1],
  };
  const { pull, moods } = learnEffects(log, given, settings);
  return {
    model: {
      themeSize,
      contextSize: log.contextSize,
      weights: unscaled(parameters, scale, themeSize),
      pull,
    },
    moods: Float32Array.from(moods),
  };
};

/** Each artwork's theme less the mean of its title's, [artworks, themeSize]. */
const ownThemesOf = (artworks: Artworks): Float32Array => {
  const { themeSize, title } = artworks;
  const { values } = titleThemesOf(artworks);
  return artworks.theme.map(
    (x, i) => x - values[title[Math.floor(i / themeSize)] * themeSize + (i % themeSize)],
  );
};

const expectExamined = (examined: Float32Array): void => {
  const bad = examined.findIndex((e) => !(e > 0 && e <= 1));
  if (bad >= 0) throw new RangeError(`examination of row ${bad}: expected (0, 1], got ${examined[bad]}`);
};

/** By what each number of the context is moved and divided; the first, which is 1, stays. */
interface Scale {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

const standardise = ({ members, contextSize, contexts }: ArtworkLog): Scale => {
  const mean = new Float64Array(contextSize);
  const deviation = new Float64Array(contextSize).fill(1);
  for (let f = 1; f < contextSize; f++) {
    let [sum, squares] = [0, 0];
    for (let m = 0; m < members; m++) sum += contexts[m * contextSize + f];
    mean[f] = sum / Math.max(1, members);
    for (let m = 0; m < members; m++) squares += (contexts[m * contextSize + f] - mean[f]) ** 2;
    deviation[f] = Math.sqrt(squares / Math.max(1, members)) || 1;
  }
  return { mean, deviation };
};

/** The weights for contexts as they come: (x - mean) / deviation is undone, the moves going to the first weight. */
const unscaled = (parameters: Float64Array, { mean, deviation }: Scale, themeSize: number): Float64Array => {
  const size = mean.length;
  const weights = parameters.slice(0, themeSize * size);
  for (let at = 0; at < weights.length; at += size) {
    for (let f = 1; f < size; f++) {
      weights[at + f] /= deviation[f];
      weights[at] -= weights[at + f] * mean[f];
    }
  }
  return weights;
};

/** d(-log P(clicked)) / d(log-odds), of P(clicked) = e sigmoid. */
const slopeOf = (clicked: number, p: number, e: number): number =>
  clicked === 1 ? p - 1 : (e * p * (1 - p)) / (1 - e * p);

/** Fills `mood` for the member's context, scaled into `context`. */
const readMember = (
  { contexts, contextSize }: ArtworkLog,
  member: number,
  { mean, deviation }: Scale,
  parameters: Float64Array,
  { context, mood }: { readonly context: Float64Array; readonly mood: Float64Array },
): void => {
  for (let f = 0; f < contextSize; f++) {
    context[f] = (contexts[member * contextSize + f] - mean[f]) / deviation[f];
  }
  for (let s = 0; s < mood.length; s++) {
    let sum = 0;
    for (let f = 0; f < contextSize; f++) sum += parameters[s * contextSize + f] * context[f];
    mood[s] = sum;
  }
};

/** Weights [themeSize, contextSize] for scaled contexts, then slope and shift of the offset. By Adam. */
const learnWeights = (
  log: ArtworkLog,
  scale: Scale,
  own: Float32Array,
  themeSize: number,
  rng: Rng,
  { epochs, membersPerBatch, learningRate }: ArtworkLearningSettings,
): Float64Array => {
  const { members, contextSize, firstRow, artwork, examined, clicked, offset } = log;
  const slopeAt = themeSize * contextSize;
  const parameters = new Float64Array(slopeAt + 2);
  parameters[slopeAt] = 1;
  const gradient = new Float64Array(parameters.length);
  const work = { context: new Float64Array(contextSize), mood: new Float64Array(themeSize) };
  const ofMood = new Float64Array(themeSize);
  const order = Uint32Array.from({ length: members }, (_, member) => member);
  const step = createAdam(parameters);
  const steps = epochs * Math.ceil(members / membersPerBatch);
  let done = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const draws = rng.fork(`epoch:${epoch}`);
    shuffleInPlace(order, () => draws.next());
    for (let batch = 0; batch < members; batch += membersPerBatch) {
      gradient.fill(0);
      let rows = 0;
      for (const member of order.subarray(batch, batch + membersPerBatch)) {
        readMember(log, member, scale, parameters, work);
        ofMood.fill(0);
        for (let i = firstRow[member]; i < firstRow[member + 1]; i++) {
          const at = artwork[i] * themeSize;
          let z = parameters[slopeAt] * offset[i] + parameters[slopeAt + 1];
          for (let s = 0; s < themeSize; s++) z += work.mood[s] * own[at + s];
          const g = slopeOf(clicked[i], sigmoid(z), examined[i]);
          gradient[slopeAt] += g * offset[i];
          gradient[slopeAt + 1] += g;
          for (let s = 0; s < themeSize; s++) ofMood[s] += g * own[at + s];
        }
        rows += firstRow[member + 1] - firstRow[member];
        for (let s = 0; s < themeSize; s++) {
          for (let f = 0; f < contextSize; f++) gradient[s * contextSize + f] += ofMood[s] * work.context[f];
        }
      }
      for (let i = 0; i < gradient.length; i++) gradient[i] /= Math.max(1, rows);
      step(gradient, learningRate * (1 - (0.95 * done++) / steps));
    }
  }
  return parameters;
};

/** What the context says of each member's mood. [members, themeSize] */
const expectedMoods = (
  log: ArtworkLog,
  scale: Scale,
  themeSize: number,
  parameters: Float64Array,
): Float64Array => {
  const moods = new Float64Array(log.members * themeSize);
  const context = new Float64Array(log.contextSize);
  for (let member = 0; member < log.members; member++) {
    const mood = moods.subarray(member * themeSize, (member + 1) * themeSize);
    readMember(log, member, scale, parameters, { context, mood });
  }
  return moods;
};

/** Newton steps towards the modes, each number by itself: a third changes nothing that is seen. */
const NEWTON_STEPS = 2;

const learnEffects = (
  log: ArtworkLog,
  given: {
    readonly own: Float32Array;
    readonly expected: Float64Array; // [members, themeSize]
    readonly slope: number;
    readonly shift: number;
  },
  { pullVariance, moodVariance }: ArtworkLearningSettings,
): { readonly pull: Float64Array; readonly moods: Float64Array } => {
  const { own, expected, slope, shift } = given;
  const { members, firstRow, artwork, examined, clicked, offset } = log;
  const themeSize = expected.length / members;
  const pull = new Float64Array(own.length / themeSize);
  const moods = expected.slice();
  for (let newton = 0; newton < NEWTON_STEPS; newton++) {
    const pullGradient = pull.map((x) => x / pullVariance);
    const pullCurvature = new Float64Array(pull.length).fill(1 / pullVariance);
    const moodGradient = moods.map((x, i) => (x - expected[i]) / moodVariance);
    const moodCurvature = new Float64Array(moods.length).fill(1 / moodVariance);
    for (let member = 0; member < members; member++) {
      const from = member * themeSize;
      for (let i = firstRow[member]; i < firstRow[member + 1]; i++) {
        const a = artwork[i];
        let z = slope * offset[i] + shift + pull[a];
        for (let s = 0; s < themeSize; s++) z += moods[from + s] * own[a * themeSize + s];
        const p = sigmoid(z);
        const g = slopeOf(clicked[i], p, examined[i]);
        const h = (examined[i] * p * (1 - p) ** 2) / (1 - examined[i] * p); // its expectation, which is > 0
        pullGradient[a] += g;
        pullCurvature[a] += h;
        for (let s = 0; s < themeSize; s++) {
          const x = own[a * themeSize + s];
          moodGradient[from + s] += g * x;
          moodCurvature[from + s] += h * x * x;
        }
      }
    }
    for (let a = 0; a < pull.length; a++) pull[a] -= pullGradient[a] / pullCurvature[a];
    for (let i = 0; i < moods.length; i++) moods[i] -= moodGradient[i] / moodCurvature[i];
  }
  return { pull, moods };
};
