/** Ways to build a new member's page: by popularity, by rows that a bandit draws, and by rows that are expected best. */
import { dayOf } from '../domain/clock.ts';
import type { Rng } from '../domain/rng.ts';
import { codesOf } from '../domain/tables.ts';
import type { TitleCounts } from '../features/title-counts.ts';
import type { RowCandidate, RowChooser } from '../ranking/page/choose-rows.ts';
import {
  drawLifts,
  expectedLifts,
  liftedRows,
  type RowBanditSettings,
  type RowPriors,
  rowBelief,
} from '../ranking/page/row-bandit.ts';
import type { World } from '../simulator/world.ts';
import type { ExaminationOf } from '../training/replay.ts';
import type { PageOf, Visit } from './new-members.ts';

export interface NewMemberPages {
  readonly popularity: PageOf;
  readonly exploitation: PageOf;
  readonly bandit: PageOf;
}

/** Looks at a title for which the average title counts in its rate. */
const SMOOTHING = 30;
/** Most watched titles of a genre that its row chooses from. */
const ROW_DEPTH = 60;

export const newMemberPages = (options: {
  readonly world: World;
  readonly counts: TitleCounts;
  readonly priors: RowPriors;
  readonly examination: ExaminationOf;
  readonly rng: Rng;
  readonly settings?: RowBanditSettings;
}): NewMemberPages => {
  const { world, counts, priors, examination, rng, settings } = options;
  const { titles, vocabulary } = world.catalogue;
  const { pageRows, pageColumns } = world.config;
  const count = titles.ids.length;
  const average = counts.totals.finishes / counts.totals.exposures;
  const worth = Float32Array.from({ length: count }, (_, t) => {
    return (counts.finishes[t] + SMOOTHING * average) / (counts.exposures[t] + SMOOTHING);
  });
  const byPlays = Array.from({ length: count }, (_, t) => t).sort(
    (a, b) => counts.plays[b] - counts.plays[a],
  );
  const byWorth = [...byPlays].sort((a, b) => worth[b] - worth[a]);
  const shelves = vocabulary.genres.map((_, genre) =>
    byWorth.filter((t) => codesOf(titles.genres, t).includes(genre)).slice(0, ROW_DEPTH),
  );
  const mayShow =
    ({ at, played }: Visit) =>
    (title: number): boolean =>
      titles.releaseDay[title] <= dayOf(at) && !played.has(title);

  const weights = vocabulary.devices.map((_, device) =>
    Float64Array.from({ length: pageRows * pageColumns }, (_, i) =>
      examination(device, Math.floor(i / pageColumns), i % pageColumns),
    ),
  );
  const candidate = (template: string, list: readonly number[]): RowCandidate => ({
    template,
    heading: template,
    titles: list,
    scores: list.map((title) => worth[title]),
    reason: () => ({ kind: 'top-pick' }),
    minimumTitles: pageColumns,
  });
  const chosen = (visit: Visit, choose: RowChooser): number[][] => {
    const may = mayShow(visit);
    const rows = [
      candidate('popular', byWorth.slice(0, 4 * ROW_DEPTH).filter(may)),
      ...shelves.slice(1).map((shelf, i) => candidate(vocabulary.genres[i + 1], shelf.filter(may))),
    ];
    const page = choose(rows, {
      rowCount: pageRows,
      columns: pageColumns,
      weights: weights[visit.device],
      worthless: 0,
    });
    return page.map((row) => [...row.titles]);
  };
  const belief = ({ profile, at, sessions }: Visit) => rowBelief(priors, profile, at, sessions, settings);
  return {
    popularity(visit) {
      const first = byPlays.filter(mayShow(visit));
      return Array.from({ length: pageRows }, (_, row) =>
        first.slice(row * pageColumns, (row + 1) * pageColumns),
      );
    },
    exploitation: (visit) => chosen(visit, liftedRows(expectedLifts(belief(visit)), titles.genres)),
    bandit(visit) {
      const draws = rng.fork(`rows:${visit.member}:${visit.sessions}`);
      return chosen(
        visit,
        liftedRows(
          drawLifts(belief(visit), () => draws.next()),
          titles.genres,
        ),
      );
    },
  };
};
