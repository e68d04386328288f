/** A page that was made for another moment, without what the member has watched or turned down since. */
import type { MemberProfile } from '../../domain/request.ts';
import { dislikedTitles } from '../../features/profile.ts';
import { defaultHomePageConfig } from '../../ranking/page/home-page-config.ts';
import type { Dressed, DressedRow } from './journey.ts';

/** The same page where there is nothing to take away. What was begun may stand among what goes on; rows that are left without a title are left out. */
export const withoutSeen = (page: Dressed, profile: MemberProfile): Dressed => {
  const { historyTitles, historyFractions } = profile;
  const disliked = dislikedTitles(profile);
  const watched = new Map(Array.from(historyTitles, (title, i) => [title, historyFractions[i]]));
  const mayStay = (title: number, template: string): boolean => {
    if (disliked.has(title)) return false;
    const fraction = watched.get(title);
    return (
      fraction === undefined ||
      (template === 'continue-watching' && fraction <= defaultHomePageConfig.resumeTo)
    );
  };
  const before = page.rows;
  const rows = before.flatMap((row) => {
    const kept = [...row.titles.keys()].filter((i) => mayStay(row.titles[i], row.template));
    if (kept.length === row.titles.length) return [row];
    return kept.length === 0 ? [] : [rowAt(row, kept)];
  });
  const isWhole = rows.length === before.length && rows.every((row, i) => row === before[i]);
  return isWhole ? page : { origin: page.origin, rows };
};

/** The row's titles at some of its places, with all that belongs to them. */
const rowAt = (row: DressedRow, kept: readonly number[]): DressedRow => {
  const { artworks, propensities, selected } = row.choice;
  return {
    ...row,
    titles: Uint32Array.from(kept, (i) => row.titles[i]),
    scores: Float32Array.from(kept, (i) => row.scores[i]),
    reasons: kept.map((i) => row.reasons[i]),
    origins: kept.map((i) => row.origins[i]),
    choice: {
      artworks: Uint32Array.from(kept, (i) => artworks[i]),
      propensities: Float32Array.from(kept, (i) => propensities[i]),
      selected: Uint8Array.from(kept, (i) => selected[i]),
    },
  };
};
