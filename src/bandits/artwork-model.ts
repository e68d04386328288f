import type { Artworks } from '../domain/tables.ts';
import type { PolicyState } from './contract.ts';

/**
 * What draws a member to an artwork, beside what draws them to its title whatever it shows:
 *   log-odds of a take = what is of member, title and moment + mood(member) . theme(artwork) + pull(artwork)
 *   mood = weights context
 * Two artworks of one title differ in the last two terms alone, so these choose between them.
 */
export interface ArtworkModel {
  readonly themeSize: number;
  readonly contextSize: number;
  readonly weights: Float64Array; // [themeSize, contextSize]
  /** What an artwork draws from everybody alike, in log-odds, drawn towards 0 where little was seen. */
  readonly pull: Float64Array; // [artworks]
}

/** The mood of a member known by this context, in log-odds for each unit of theme. [themeSize] */
export const moodOf = (
  { themeSize, contextSize, weights }: ArtworkModel,
  context: ArrayLike<number>,
): Float32Array => {
  if (context.length !== contextSize) {
    throw new RangeError(
      `artwork model: expected a context of ${contextSize} numbers, got ${context.length}`,
    );
  }
  const mood = new Float32Array(themeSize);
  for (let s = 0; s < themeSize; s++) {
    let sum = 0;
    for (let f = 0; f < contextSize; f++) sum += weights[s * contextSize + f] * context[f];
    mood[s] = sum;
  }
  return mood;
};

/** Log-odds that the artwork adds for a member of this mood, up to what all artworks of its title share. */
export const artworkLogit = (
  { pull }: ArtworkModel,
  { themeSize, theme }: Artworks,
  mood: ArrayLike<number>,
  artwork: number,
): number => {
  let sum = pull[artwork];
  for (let s = 0; s < themeSize; s++) sum += mood[s] * theme[artwork * themeSize + s];
  return sum;
};

/** The model's numbers, to be published. */
export const artworkModelState = ({ weights, pull }: ArtworkModel): PolicyState => ({
  policy: 'artwork-model',
  arrays: { weights, pull },
});
