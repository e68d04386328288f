import type { EpochMs } from '../domain/clock.ts';
import type { Artworks, Impressions, Plays } from '../domain/tables.ts';
import { ArtworkRounds } from './artwork-features.ts';
import type { ArtworkStats } from './artwork-stats.ts';
import type { BanditPolicy } from './contract.ts';
import { MoodReplay, titleThemesOf } from './mood-profile.ts';

/** P(the place is looked at), of a 0-based row, a 0-based position in it and a device code; > 0. */
export type Examination = (row: number, position: number, device: number) => number;

export interface ArtworkLearning {
  readonly artworks: Artworks;
  readonly impressions: Impressions;
  readonly plays: Plays;
  /** Impressions of [from, to) are learned from, in order of time; earlier plays make the first profiles. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly policy: BanditPolicy;
  readonly stats: ArtworkStats;
  /** Without one, every impression counts as looked at. */
  readonly examination?: Examination;
  /** Weighs each impression by min(cap, 1 / artworkPropensity); without one, all weigh 1. */
  readonly importanceCap?: number;
}

export interface ArtworkLearningReport {
  readonly impressions: number;
  readonly takes: number;
  /** Sum of the examination probabilities. */
  readonly exposures: number;
}

/**
 * Teaches policy and stats, in place, by the logged impressions, and returns how many there were. Each
 * round is built from what was known before its impression: plays, takes and exposures until then. It
 * has one action, the artwork that was shown: a policy learns nothing from the others.
 *
 * The policy is to learn P(take | looked at). Of an impression looked at with probability e, the
 * expected take is e x^T theta, so it is learned as e observations of the reward take / e: least
 * squares with weights in inverse proportion to the variance of take / e, and unbiased.
 * @throws RangeError when an examination probability is not in (0, 1]
 */
export const learnFromImpressions = (learning: ArtworkLearning): ArtworkLearningReport => {
  const { artworks, impressions, plays, from, to, policy, stats, examination, importanceCap } = learning;
  const replay = new MoodReplay(plays, titleThemesOf(artworks));
  const rounds = new ArtworkRounds(artworks, stats);
  const { member, artwork, row, position, device, time, artworkPropensity, clicked } = impressions;
  let count = 0;
  let takes = 0;
  let exposures = 0;
  for (let i = 0; i < time.length && time[i] < to; i++) {
    if (time[i] < from) continue;
    const examined = examination === undefined ? 1 : examination(row[i], position[i], device[i]);
    if (!(examined > 0 && examined <= 1)) {
      throw new RangeError(
        `examination of row ${row[i]}, position ${position[i]}, device ${device[i]}: expected (0, 1], got ${examined}`,
      );
    }
    replay.advanceTo(time[i]);
    const round = rounds.buildOne(`impression-${i}`, replay.profileOf(member[i]), artwork[i]);
    const importance = importanceCap === undefined ? 1 : Math.min(importanceCap, 1 / artworkPropensity[i]);
    policy.update({
      round,
      action: 0,
      reward: clicked[i] / examined,
      weight: examined * importance,
    });
    stats.add(artwork[i], clicked[i], examined);
    count++;
    takes += clicked[i];
    exposures += examined;
  }
  return { impressions: count, takes, exposures };
};
