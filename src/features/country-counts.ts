import type { EpochMs } from '../domain/clock.ts';
import type { Members, Plays } from '../domain/tables.ts';

/** The titles most played in each country, most played first: those of country c are titles[offsets[c] .. offsets[c + 1]). */
export interface TopInCountry {
  readonly offsets: Uint32Array; // [countries + 1]
  readonly titles: Uint32Array;
}

/** The titles of one country: a view, not a copy. Empty for a country beyond those counted. */
export const topTitlesOf = ({ offsets, titles }: TopInCountry, country: number): Uint32Array =>
  titles.subarray(offsets[country] ?? 0, offsets[country + 1] ?? 0);

/**
 * The k titles most played by the members of each country, fewer where fewer were played, and none for code 0,
 * which is 'unknown'; equal counts go in row order.
 *   count(c, t) = sum over plays of t by members of c before a time of 2^(-(before - time) / halfLife)
 */
export const countTopInCountry = (
  plays: Plays,
  members: Members,
  countryCount: number,
  { before, halfLifeMs, k }: { readonly before: EpochMs; readonly halfLifeMs: number; readonly k: number },
): TopInCountry => {
  const counts = Array.from({ length: countryCount }, () => new Map<number, number>());
  for (let i = 0; i < plays.title.length && plays.time[i] < before; i++) {
    const country = members.country[plays.member[i]];
    if (country === 0) continue;
    const known = counts[country].get(plays.title[i]) ?? 0;
    counts[country].set(plays.title[i], known + 2 ** ((plays.time[i] - before) / halfLifeMs));
  }
  const lists = counts.map((of) => [...of].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, k));
  const offsets = new Uint32Array(countryCount + 1);
  lists.forEach((list, country) => {
    offsets[country + 1] = offsets[country] + list.length;
  });
  return { offsets, titles: Uint32Array.from(lists.flat(), ([title]) => title) };
};
