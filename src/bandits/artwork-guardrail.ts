import type { Artworks } from '../domain/tables.ts';

export interface Finishes {
  /** Takes of each artwork of which it is known how far they were watched, [artworks]. */
  readonly plays: Float64Array;
  /** Of these, the finished ones, [artworks]. */
  readonly finishes: Float64Array;
}

/** Plays for which the title's other artworks count in what is believed of one. */
const PRIOR_PLAYS = 10;
/** An artwork may finish by this share less often than the title's others, to be sure that chance bars few. */
const TOLERANCE = 0.1;
/** Of the standard normal: how sure one must be that more than that is lost. 95 %, one-sided. */
const SURE = 1.645;
/** A title's rate before any play, for as many plays. */
const FIRST_PLAYS = 5;

/**
 * 1 for each artwork that is surely clickbait, [artworks]: where what it promises brings takes that are not
 * finished. The aim counts takes alone, so this is what keeps it honest. With the finish rate r of the title's
 * other artworks, and (finishes + PRIOR_PLAYS r, plays - finishes + PRIOR_PLAYS (1 - r)) as the parameters of a
 * Beta, of mean m and deviation s: barred when m + SURE s < (1 - TOLERANCE) r.
 * A title keeps its best artwork at least.
 */
export const barredArtworks = (
  { titleOffsets, title }: Artworks,
  { plays, finishes }: Finishes,
): Uint8Array => {
  const barred = new Uint8Array(title.length);
  const allPlays = sumOf(plays, 0, plays.length);
  const overall = (sumOf(finishes, 0, finishes.length) + 1) / (allPlays + 2);
  for (let t = 0; t + 1 < titleOffsets.length; t++) {
    const [first, end] = [titleOffsets[t], titleOffsets[t + 1]];
    const [titlePlays, titleFinishes] = [sumOf(plays, first, end), sumOf(finishes, first, end)];
    let left = end - first;
    for (let a = first; a < end && left > 1; a++) {
      const others =
        (titleFinishes - finishes[a] + FIRST_PLAYS * overall) / (titlePlays - plays[a] + FIRST_PLAYS);
      const n = plays[a] + PRIOR_PLAYS;
      const rate = (finishes[a] + PRIOR_PLAYS * others) / n;
      const deviation = Math.sqrt((rate * (1 - rate)) / (n + 1));
      if (rate + SURE * deviation >= (1 - TOLERANCE) * others) continue;
      barred[a] = 1;
      left--;
    }
  }
  return barred;
};

const sumOf = (values: Float64Array, from: number, to: number): number => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i];
  return sum;
};
