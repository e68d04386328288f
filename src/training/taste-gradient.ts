import type { Rng } from '../domain/rng.ts';
import { type CodeLists, codesOf } from '../domain/tables.ts';
import { TASTE_GENRE_SIZE } from '../features/taste-features.ts';
import { sigmoid } from '../math/statistics.ts';
import { CONTEXT_SIZE, type TasteExamples } from './taste-examples.ts';

/** Everything that is learned, or its gradient: views of `all`. */
export interface TasteWeights {
  readonly all: Float64Array;
  readonly hidden: Float64Array; // [hidden, TASTE_GENRE_SIZE]
  readonly hiddenBias: Float64Array; // [hidden]
  readonly output: Float64Array; // [hidden]
  readonly country: Float64Array; // [countries, genres]
  readonly vectors: Float64Array; // [genres, genres]
  /** Logs of what the click's and the finish's cosine is multiplied by. */
  readonly scale: Float64Array; // [2]
  readonly moods: Float64Array; // [genres, themeSize]
  /** Logs of what the mood's product with the artwork's theme is multiplied by, of the click and of the finish. */
  readonly moodScale: Float64Array; // [2]
  readonly context: Float64Array; // [2, CONTEXT_SIZE]
  readonly bias: Float64Array; // [2]
}

export interface TasteShape {
  readonly hidden: number;
  readonly genres: number;
  readonly countries: number;
  /** 0 where titles have no artworks. */
  readonly themeSize: number;
}

export const createTasteWeights = ({ hidden, genres, countries, themeSize }: TasteShape): TasteWeights => {
  const sizes = [
    hidden * TASTE_GENRE_SIZE,
    hidden,
    hidden,
    countries * genres,
    genres * genres,
    2,
    genres * themeSize,
    2,
    2 * CONTEXT_SIZE,
    2,
  ];
  const all = new Float64Array(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  const views = sizes.map((size) => all.subarray(at, (at += size)));
  const [first, hiddenBias, output, country, vectors, scale, moods, moodScale, context, bias] = views;
  return { all, hidden: first, hiddenBias, output, country, vectors, scale, moods, moodScale, context, bias };
};

/** Genres start as directions and moods of their own, the cosine as worth e in log-odds and the mood as worth 1. */
export const initialiseTaste = (weights: TasteWeights, genres: number, rng: Rng): void => {
  const spread = (values: Float64Array, deviation: number): void => {
    for (let i = 0; i < values.length; i++) values[i] = deviation * (rng.next() - 0.5) * Math.sqrt(12);
  };
  spread(weights.hidden, 1 / Math.sqrt(TASTE_GENRE_SIZE));
  spread(weights.output, 1 / Math.sqrt(weights.output.length));
  spread(weights.vectors, 0.05);
  for (let g = 0; g < genres; g++) weights.vectors[g * genres + g] += 1;
  spread(weights.moods, 0.3);
  weights.scale.fill(1);
  weights.context[0] = 1; // the title's own lift, of the click and of the finish
  weights.context[CONTEXT_SIZE + 1] = 1;
};

/** Fills `out` with a title's direction, the sum of its genres' vectors brought to length 1, and returns the sum's length. */
export const directionOf = (out: Float64Array, vectors: Float64Array, genres: ArrayLike<number>): number => {
  const size = out.length;
  out.fill(0);
  for (let j = 0; j < genres.length; j++) {
    const from = genres[j] * size;
    for (let d = 0; d < size; d++) out[d] += vectors[from + d];
  }
  return toUnit(out);
};

/** Brings the vector to length 1 and returns the length that it had. */
const toUnit = (vector: Float64Array): number => {
  let squares = 1e-12;
  for (let d = 0; d < vector.length; d++) squares += vector[d] * vector[d];
  const length = Math.sqrt(squares);
  for (let d = 0; d < vector.length; d++) vector[d] /= length;
  return length;
};

/** Turns the loss by a unit vector, in place, into the loss by the vector of this length that it was made of. */
const backBeforeUnit = (toVector: Float64Array, unit: Float64Array, length: number): void => {
  let along = 0;
  for (let d = 0; d < unit.length; d++) along += toVector[d] * unit[d];
  for (let d = 0; d < unit.length; d++) toVector[d] = (toVector[d] - along * unit[d]) / length;
};

/**
 * A function that adds the gradient of a page's loss to `gradient` and returns the loss. Written out, since the networks
 * are so small that a tensor library's calls would cost several times the arithmetic.
 */
export const createPageGradient = (
  examples: TasteExamples,
  inputs: Float32Array,
  { titleGenres, theme }: { readonly titleGenres: CodeLists; readonly theme: Float32Array },
  weights: TasteWeights,
  gradient: TasteWeights,
): ((page: number) => number) => {
  const hiddenSize = weights.output.length;
  const size = Math.sqrt(weights.vectors.length); // genres, and dimensions
  const width = TASTE_GENRE_SIZE;
  const { hidden, hiddenBias, output, country, vectors, scale, moods, moodScale, context, bias } = weights;
  const themeSize = moods.length / size;
  const activations = new Float64Array(size * hiddenSize);
  const interest = new Float64Array(size);
  const member = new Float64Array(size);
  const mood = new Float64Array(themeSize);
  const toMember = new Float64Array(size); // the loss by the member's direction, then by the vector before
  const toMood = new Float64Array(themeSize); // likewise
  const toInterest = new Float64Array(size);
  const title = new Float64Array(size);
  const scales = new Float64Array(2);
  const moodScales = new Float64Array(2);

  /** Fills `interest`, `member` and `mood`, and returns the lengths that the two vectors had. */
  const readMember = (page: number, countryRow: number): readonly [member: number, mood: number] => {
    let top = Number.NEGATIVE_INFINITY;
    for (let g = 0; g < size; g++) {
      const x = (page * size + g) * width;
      let z = country[countryRow + g];
      for (let h = 0; h < hiddenSize; h++) {
        let a = hiddenBias[h];
        for (let f = 0; f < width; f++) a += inputs[x + f] * hidden[h * width + f];
        if (a < 0) a = 0;
        activations[g * hiddenSize + h] = a;
        z += a * output[h];
      }
      interest[g] = z;
      if (z > top) top = z;
    }
    let sum = 0;
    for (let g = 0; g < size; g++) sum += interest[g] = Math.exp(interest[g] - top);
    member.fill(0);
    mood.fill(0);
    for (let g = 0; g < size; g++) {
      interest[g] /= sum;
      for (let d = 0; d < size; d++) member[d] += interest[g] * vectors[g * size + d];
      for (let s = 0; s < themeSize; s++) mood[s] += interest[g] * moods[g * themeSize + s];
    }
    return [toUnit(member), toUnit(mood)];
  };

  /** Takes the gradients in `toMember` and `toMood` back to what the member was read with. */
  const learnMember = (
    page: number,
    countryRow: number,
    [length, moodLength]: readonly [number, number],
  ): void => {
    backBeforeUnit(toMember, member, length);
    backBeforeUnit(toMood, mood, moodLength);
    let mean = 0;
    for (let g = 0; g < size; g++) {
      let sum = 0;
      for (let d = 0; d < size; d++) {
        sum += toMember[d] * vectors[g * size + d];
        gradient.vectors[g * size + d] += toMember[d] * interest[g];
      }
      for (let s = 0; s < themeSize; s++) {
        sum += toMood[s] * moods[g * themeSize + s];
        gradient.moods[g * themeSize + s] += toMood[s] * interest[g];
      }
      toInterest[g] = sum;
      mean += sum * interest[g];
    }
    for (let g = 0; g < size; g++) {
      const x = (page * size + g) * width;
      const z = interest[g] * (toInterest[g] - mean);
      gradient.country[countryRow + g] += z;
      for (let h = 0; h < hiddenSize; h++) {
        const a = activations[g * hiddenSize + h];
        if (a === 0) continue;
        gradient.output[h] += z * a;
        const back = z * output[h];
        gradient.hiddenBias[h] += back;
        for (let f = 0; f < width; f++) gradient.hidden[h * width + f] += back * inputs[x + f];
      }
    }
  };

  /** The logit of the click (head 0) or of the finish (head 1), beside the cosine's part. */
  const contextLogit = (head: number, row: number): number => {
    let sum = bias[head];
    for (let c = 0; c < CONTEXT_SIZE; c++)
      sum += context[head * CONTEXT_SIZE + c] * examples.context[row * CONTEXT_SIZE + c];
    return sum;
  };
  /** Takes the loss by a logit to the context, the scales and the mood, and returns the loss by the cosine. */
  const learnLogit = (head: number, row: number, cosine: number, match: number, toLogit: number): number => {
    gradient.bias[head] += toLogit;
    for (let c = 0; c < CONTEXT_SIZE; c++)
      gradient.context[head * CONTEXT_SIZE + c] += toLogit * examples.context[row * CONTEXT_SIZE + c];
    gradient.scale[head] += toLogit * scales[head] * cosine;
    const toMatch = toLogit * moodScales[head];
    gradient.moodScale[head] += toMatch * match;
    const at = examples.artwork[row] * themeSize;
    for (let s = 0; s < themeSize; s++) toMood[s] += toMatch * theme[at + s];
    return toLogit * scales[head];
  };

  return (page) => {
    const countryRow = examples.country[page] * size;
    const lengths = readMember(page, countryRow);
    for (let head = 0; head < 2; head++) {
      scales[head] = Math.exp(scale[head]);
      moodScales[head] = Math.exp(moodScale[head]);
    }
    toMember.fill(0);
    toMood.fill(0);
    let loss = 0;
    for (let row = examples.firstRow[page]; row < examples.firstRow[page + 1]; row++) {
      const genres = codesOf(titleGenres, examples.title[row]);
      const length = directionOf(title, vectors, genres);
      let cosine = 0;
      for (let d = 0; d < size; d++) cosine += title[d] * member[d];
      const at = examples.artwork[row] * themeSize;
      let match = 0;
      for (let s = 0; s < themeSize; s++) match += theme[at + s] * mood[s];
      const [examined, weight] = [examples.examined[row], examples.weight[row]];
      const click = sigmoid(scales[0] * cosine + moodScales[0] * match + contextLogit(0, row));
      const seen = Math.min(examined * click, 1 - 1e-6);
      const clicked = examples.clicked[row] === 1;
      loss -= weight * Math.log(clicked ? Math.max(seen, 1e-6) : 1 - seen);
      const toClick = clicked ? click - 1 : (seen * (1 - click)) / (1 - seen);
      let toCosine = learnLogit(0, row, cosine, match, weight * toClick);
      const finished = examples.finished[row];
      if (!Number.isNaN(finished)) {
        const finish = sigmoid(scales[1] * cosine + moodScales[1] * match + contextLogit(1, row));
        loss -= weight * Math.log(Math.max(finished === 1 ? finish : 1 - finish, 1e-6));
        toCosine += learnLogit(1, row, cosine, match, weight * (finish - finished));
      }
      for (let d = 0; d < size; d++) toMember[d] += toCosine * title[d];
      for (let j = 0; j < genres.length; j++) {
        const from = genres[j] * size;
        for (let d = 0; d < size; d++)
          gradient.vectors[from + d] += (toCosine * (member[d] - cosine * title[d])) / length;
      }
    }
    learnMember(page, countryRow, lengths);
    return loss;
  };
};
