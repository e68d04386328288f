import { rowsBefore } from '../../datasets/split.ts';
import { explorationShares } from '../bandits/artwork-exploration.ts';
import { barredArtworks, type Finishes } from '../bandits/artwork-guardrail.ts';
import { type ArtworkLog, learnArtworkModel } from '../bandits/artwork-learning.ts';
import type { ArtworkPolicy } from '../bandits/artwork-selector.ts';
import { ArtworkStats } from '../bandits/artwork-stats.ts';
import { moodProfile } from '../bandits/mood-profile.ts';
import type { EpochMs } from '../domain/clock.ts';
import { type Progress, silentProgress } from '../domain/progress.ts';
import type { MemberProfile } from '../domain/request.ts';
import type { Rng } from '../domain/rng.ts';
import {
  type Artworks,
  type Dataset,
  FINISHED_FRACTION,
  type Impressions,
  NO_IMPRESSION,
} from '../domain/tables.ts';
import { type TitleThemes, titleThemesOf } from '../domain/title-themes.ts';
import { logit } from '../math/statistics.ts';
import { genreInterest, type TasteModel } from '../ranking/taste.ts';
import type { ExaminationOf, Known } from './replay.ts';

export interface TrainedArtwork {
  readonly policy: ArtworkPolicy;
  readonly stats: ArtworkStats;
  /** By row of the members table. [members, themeSize] */
  readonly moods: Float32Array;
  readonly impressions: number;
}

/** Exposures for which an average member counts in a member's own readiness to take anything. */
const MEMBER_SMOOTHING = 3;

/**
 * Teaches the artwork model by the impressions before `until`, bars what takes without being finished, and keeps
 * shares for exploring; undefined where there are no impressions or artworks to learn from.
 */
export const trainArtwork = (options: {
  readonly dataset: Dataset;
  readonly until: EpochMs;
  readonly rng: Rng;
  readonly progress?: Progress;
  /** What is known of the members as of `until`. */
  readonly known: Known;
  readonly taste: TasteModel;
  readonly examination: ExaminationOf;
  /** Without it, takes alone are aimed at. */
  readonly guarded?: boolean;
}): TrainedArtwork | undefined => {
  const { dataset, until, rng, known, taste, examination, guarded = true } = options;
  const { impressions, artworks } = dataset;
  if (impressions === undefined || artworks === undefined) return undefined;
  const step = (options.progress ?? silentProgress).step('train artwork model');
  const end = rowsBefore(impressions.time, until);
  const examined = new Float32Array(end);
  const stats = new ArtworkStats(artworks);
  for (let i = 0; i < end; i++) {
    examined[i] = examination(impressions.device[i], impressions.row[i], impressions.position[i]);
    stats.add(impressions.artwork[i], impressions.clicked[i], examined[i]);
  }
  const themes = titleThemesOf(artworks);
  const contexts = dataset.members.ids.map((_, member) =>
    artworkContext(known.profileOf(member), taste, themes),
  );
  const log = logByMember(impressions, examined, stats, contexts);
  const { model, moods } = learnArtworkModel({
    log,
    artworks,
    rng: rng.fork('artwork'),
  });
  const barred = guarded
    ? barredArtworks(artworks, finishesBefore(dataset, artworks, until))
    : new Uint8Array(artworks.title.length);
  step.end(
    `${end.toLocaleString('en')} impressions, ${barred.reduce((sum, x) => sum + x, 0)} artworks barred for clickbait`,
  );
  return {
    policy: { model, artworks, barred, exploring: explorationShares(artworks, stats, barred) },
    stats,
    moods,
    impressions: end,
  };
};

/** What an artwork is chosen for: 1, the mood of the titles played last, and the interest in each genre. */
const artworkContext = (profile: MemberProfile, taste: TasteModel, themes: TitleThemes): Float32Array => {
  const mood = moodProfile(profile.historyTitles, profile.historyFractions, themes);
  return Float32Array.from([1, ...mood, ...genreInterest(taste, profile)]);
};

/** The rows of the impressions, as many as `examined`, grouped by member in order of time. */
const logByMember = (
  { member, title, artwork, clicked }: Impressions,
  examined: Float32Array,
  stats: ArtworkStats,
  contexts: readonly Float32Array[],
): ArtworkLog => {
  const rows = examined.length;
  const members = contexts.length;
  const contextSize = contexts[0]?.length ?? 1;
  const firstRow = new Uint32Array(members + 1);
  const taken = new Float64Array(members).fill(MEMBER_SMOOTHING);
  const expected = new Float64Array(members).fill(MEMBER_SMOOTHING);
  const rates = Float64Array.from({ length: stats.titleCount }, (_, t) => stats.titleRate(t));
  for (let i = 0; i < rows; i++) {
    firstRow[member[i] + 1]++;
    taken[member[i]] += clicked[i];
    expected[member[i]] += examined[i] * rates[title[i]];
  }
  for (let m = 0; m < members; m++) firstRow[m + 1] += firstRow[m];
  const log = {
    members,
    contextSize,
    contexts: new Float32Array(members * contextSize),
    firstRow,
    artwork: new Uint32Array(rows),
    examined: new Float32Array(rows),
    clicked: new Uint8Array(rows),
    offset: new Float32Array(rows),
  };
  contexts.forEach((context, m) => {
    log.contexts.set(context, m * contextSize);
  });
  const offsets = rates.map(logit);
  const next = firstRow.slice();
  for (let i = 0; i < rows; i++) {
    const at = next[member[i]]++;
    log.artwork[at] = artwork[i];
    log.examined[at] = examined[i];
    log.clicked[at] = clicked[i];
    log.offset[at] = offsets[title[i]] + Math.log(taken[member[i]] / expected[member[i]]);
  }
  return log;
};

const finishesBefore = ({ plays, impressions }: Dataset, artworks: Artworks, until: EpochMs): Finishes => {
  const played = new Float64Array(artworks.title.length);
  const finishes = new Float64Array(artworks.title.length);
  for (let row = 0; row < plays.time.length && plays.time[row] < until; row++) {
    const impression = plays.impression[row];
    if (impression === NO_IMPRESSION || impressions === undefined) continue;
    const artwork = impressions.artwork[impression];
    played[artwork]++;
    if (plays.watchedFraction[row] >= FINISHED_FRACTION) finishes[artwork]++;
  }
  return { plays: played, finishes };
};
