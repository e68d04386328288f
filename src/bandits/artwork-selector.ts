/**
 * Which artwork of a title a member is shown: the one that suits them most, but for the shares that are kept for
 * learning. One byte holds a choice: the artwork's place within its title, and whether it is the one that suits
 * most, from which its propensity follows exactly.
 */
import type { Artworks } from '../domain/tables.ts';
import { chance } from './artwork-exploration.ts';
import { type ArtworkModel, artworkLogit } from './artwork-model.ts';

/** What chooses: a model, who may not be chosen, and what is kept for learning. */
export interface ArtworkPolicy {
  readonly model: ArtworkModel;
  readonly artworks: Artworks;
  readonly barred: Uint8Array; // [artworks], 0 or 1
  /** P(shown for the sake of learning), [artworks]. */
  readonly exploring: Float32Array;
}

/** Artworks of one title that a byte can tell apart. */
export const MOST_ARTWORKS = 128;
const BEST = 128;

/** The place within the title that a choice names. */
export const placeChosen = (choice: number): number => choice & (BEST - 1);

/** Member i, `members[i]`, has the rows `memberOffsets[i] .. memberOffsets[i + 1])`. */
export interface ArtworkSelections {
  readonly members: Uint32Array; // rows of the members table
  readonly memberOffsets: Uint32Array; // [members + 1]
  readonly titles: Uint32Array; // [n]
  readonly choices: Uint8Array; // [n]
}

/** What was kept for exploring in each title, sums of `exploring`. [titles] */
export const keptByTitle = (titleOffsets: Uint32Array, exploring: Float32Array): Float64Array => {
  const kept = new Float64Array(titleOffsets.length - 1);
  for (let t = 0; t < kept.length; t++) {
    for (let a = titleOffsets[t]; a < titleOffsets[t + 1]; a++) kept[t] += exploring[a];
  }
  return kept;
};

/** P(the chosen artwork | member, title), exactly: what was kept for it, and where it suits most all that was not kept. */
export const propensityOf = (
  choice: number,
  title: number,
  {
    titleOffsets,
    exploring,
    kept,
  }: { readonly titleOffsets: Uint32Array; readonly exploring: Float32Array; readonly kept: Float64Array },
): number => {
  const own = exploring[titleOffsets[title] + placeChosen(choice)];
  return choice < BEST ? own : own + 1 - kept[title];
};

/** The same as probabilities of all artworks of the title, for a member of this mood: readable, and slow. [artworks of the title] */
export const artworkProbabilities = (
  { model, artworks, barred, exploring }: ArtworkPolicy,
  mood: ArrayLike<number>,
  title: number,
): Float64Array => {
  const first = artworks.titleOffsets[title];
  const kept = Float64Array.from(exploring.subarray(first, artworks.titleOffsets[title + 1]));
  let best = 0;
  let highest = -Infinity;
  kept.forEach((_, i) => {
    const logit = barred[first + i] === 1 ? -Infinity : artworkLogit(model, artworks, mood, first + i);
    if (logit > highest) [best, highest] = [i, logit];
  });
  kept[best] += 1 - kept.reduce((sum, p) => sum + p, 0);
  return kept;
};

/** A policy as flat numbers, which threads can share. */
export interface SelectionTables {
  readonly themeSize: number;
  readonly titleOffsets: Uint32Array; // [titles + 1]
  /** Theme, then pull; a barred artwork's pull is -Infinity. [artworks, themeSize + 1] */
  readonly rows: Float32Array;
  readonly exploring: Float32Array; // [artworks]
  readonly kept: Float64Array; // [titles], sums of `exploring`
  readonly key: number;
}

/** @throws RangeError when a title has more artworks than a byte can tell apart */
export const selectionTables = (
  { model, artworks, barred, exploring }: ArtworkPolicy,
  key: number,
): SelectionTables => {
  const { themeSize, theme, titleOffsets } = artworks;
  const stride = themeSize + 1;
  const rows = new Float32Array(barred.length * stride);
  for (let a = 0; a < barred.length; a++) {
    rows.set(theme.subarray(a * themeSize, (a + 1) * themeSize), a * stride);
    rows[a * stride + themeSize] = barred[a] === 1 ? -Infinity : model.pull[a];
  }
  for (let t = 0; t + 1 < titleOffsets.length; t++) {
    const count = titleOffsets[t + 1] - titleOffsets[t];
    if (count > MOST_ARTWORKS) {
      throw new RangeError(`title ${t}: expected at most ${MOST_ARTWORKS} artworks, got ${count}`);
    }
  }
  return { themeSize, titleOffsets, rows, exploring, kept: keptByTitle(titleOffsets, exploring), key };
};

/**
 * Writes the choices for one member's titles, `titles[from .. to)` into `choices[from .. to)`; each title has an
 * artwork. `chance` decides who explores, so the result depends on nothing but member, title and version.
 */
export const selectForMember = (
  { themeSize, titleOffsets, rows, exploring, kept, key }: SelectionTables,
  member: number,
  mood: Float32Array, // [themeSize]
  titles: Uint32Array,
  from: number,
  to: number,
  choices: Uint8Array,
): void => {
  const stride = themeSize + 1;
  for (let i = from; i < to; i++) {
    const title = titles[i];
    const first = titleOffsets[title];
    const end = titleOffsets[title + 1];
    let best = first;
    let highest = -Infinity;
    for (let a = first, at = first * stride; a < end; a++, at += stride) {
      let sum = rows[at + themeSize];
      for (let s = 0; s < themeSize; s++) sum += mood[s] * rows[at + s];
      if (sum > highest) {
        highest = sum;
        best = a;
      }
    }
    let left = chance(key, member, title);
    let chosen = best;
    if (left < kept[title]) {
      for (let a = first; a < end && left >= 0; a++) {
        if (exploring[a] === 0) continue;
        left -= exploring[a];
        chosen = a;
      }
    }
    choices[i] = chosen === best ? (chosen - first) | BEST : chosen - first;
  }
};
