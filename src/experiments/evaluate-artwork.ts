import { ArtworkRounds } from '../bandits/artwork-features.ts';
import { artworkProbabilities } from '../bandits/artwork-selector.ts';
import { ArtworkStats } from '../bandits/artwork-stats.ts';
import type { BanditPolicy } from '../bandits/contract.ts';
import { moodProfile } from '../bandits/mood-profile.ts';
import type { Rng } from '../domain/rng.ts';
import type { Artworks, Impressions } from '../domain/tables.ts';
import { titleThemesOf } from '../domain/title-themes.ts';
import type { World } from '../simulator/world.ts';
import type { TrainedArtwork } from '../training/artwork.ts';
import type { Known } from '../training/replay.ts';

export const REGRET_DEFINITION =
  'sum over rounds of P(click) of the best artwork less P(click) of the chosen one, both the world’s, given that the place is examined';

/** What a policy is told before its first round: counts and profiles of the past, no truth. */
export interface ArtworkPast {
  readonly takes: Float64Array; // [artworks]
  readonly exposures: Float64Array; // [artworks]
  readonly known: Known;
}

/** Members and titles to choose artworks for: rows [from, to) of the impressions, again and again. */
export interface ArtworkRoundsOf {
  readonly world: World;
  readonly artworks: Artworks;
  readonly impressions: Impressions;
  readonly from: number;
  readonly to: number;
  readonly past: ArtworkPast;
}

const profilesOf = ({ artworks, past }: ArtworkRoundsOf): ((member: number) => Float32Array) => {
  const themes = titleThemesOf(artworks);
  const profiles = new Map<number, Float32Array>();
  return (member) => {
    let profile = profiles.get(member);
    if (profile === undefined) {
      const { historyTitles, historyFractions } = past.known.profileOf(member);
      profile = moodProfile(historyTitles, historyFractions, themes);
      profiles.set(member, profile);
    }
    return profile;
  };
};

/** P(click) and P(finish | click) of each artwork of the title in row `i`, given examination. */
const truthOf = ({ world, artworks, impressions }: ArtworkRoundsOf, i: number) => {
  const title = impressions.title[i];
  const placement = { device: impressions.device[i], row: 0, position: 0, at: impressions.time[i] };
  const first = artworks.titleOffsets[title];
  return Array.from({ length: artworks.titleOffsets[title + 1] - first }, (_, action) =>
    world.expect(impressions.member[i], title, first + action, placement),
  );
};

/** Points of a curve of regret. */
const POINTS = 40;

/**
 * The pseudo-regret of a policy that starts knowing nothing and learns from its own choices, after each of the rounds
 * in `x`, the last of which is `rounds`. The rewards drawn are the same for every policy that chooses alike.
 */
export const pseudoRegret = (
  policy: BanditPolicy,
  source: ArtworkRoundsOf,
  rounds: number,
  rng: Rng,
): { readonly x: number[]; readonly y: number[] } => {
  const { impressions, artworks, past, from, to } = source;
  const stats = ArtworkStats.of(artworks, past.takes, past.exposures);
  const builder = new ArtworkRounds(artworks, stats);
  const profileOf = profilesOf(source);
  const choices = rng.fork('choices');
  const rewards = rng.fork('rewards');
  const x = Array.from({ length: POINTS }, (_, i) => Math.ceil(((i + 1) * rounds) / POINTS));
  const y: number[] = [];
  let regret = 0;
  for (let round = 0; round < rounds; round++) {
    const i = from + (round % (to - from));
    const truth = truthOf(source, i);
    const context = builder.build(`round-${round}`, profileOf(impressions.member[i]), impressions.title[i]);
    const { action } = policy.choose(context, choices);
    let best = 0;
    for (const { clickGivenExamined } of truth) best = Math.max(best, clickGivenExamined);
    regret += best - truth[action].clickGivenExamined;
    const reward = rewards.next() < truth[action].clickGivenExamined ? 1 : 0;
    policy.update({ round: context, action, reward });
    stats.add(artworks.titleOffsets[impressions.title[i]] + action, reward, 1);
    while (round + 1 === x[y.length]) y.push(regret);
  }
  return { x, y };
};

/** Sums over a member's impressions, under one way to choose artworks. */
interface Sums {
  takes: number;
  finishes: number;
}

export interface ArtworkComparison {
  /** By member: expected takes per impression that is looked at. */
  readonly selected: Float64Array;
  readonly byDefault: Float64Array;
  readonly best: Float64Array;
  readonly finishRate: { readonly selected: number; readonly byDefault: number };
  /** 95 % interval of the difference of finish rates, selected less default, by bootstrap over members. */
  readonly finishDifference: readonly [number, number];
  readonly impressions: number;
}

const RESAMPLES = 1000;

/**
 * What a trained policy's choices are worth beside the title's most taken artwork and beside the best: takes and
 * finishes as the world expects them, over the impressions of the rows, each taken as looked at. What the policy
 * keeps for exploring is paid for here.
 */
export const compareArtwork = (
  { policy, stats, moods }: TrainedArtwork,
  source: ArtworkRoundsOf,
  rng: Rng,
): ArtworkComparison => {
  const { impressions, artworks, from, to } = source;
  const members = new Map<number, { n: number; selected: Sums; byDefault: Sums; best: number }>();
  for (let i = from; i < to; i++) {
    const member = impressions.member[i];
    const title = impressions.title[i];
    const truth = truthOf(source, i);
    const mood = moods.subarray(member * artworks.themeSize, (member + 1) * artworks.themeSize);
    const probabilities = artworkProbabilities(policy, mood, title);
    const of = members.get(member) ?? {
      n: 0,
      selected: { takes: 0, finishes: 0 },
      byDefault: { takes: 0, finishes: 0 },
      best: 0,
    };
    members.set(member, of);
    of.n++;
    let best = 0;
    truth.forEach(({ clickGivenExamined, finishGivenClick }, action) => {
      of.selected.takes += probabilities[action] * clickGivenExamined;
      of.selected.finishes += probabilities[action] * clickGivenExamined * finishGivenClick;
      best = Math.max(best, clickGivenExamined);
    });
    const { clickGivenExamined, finishGivenClick } =
      truth[stats.mostTaken(title, policy.barred) - artworks.titleOffsets[title]];
    of.byDefault.takes += clickGivenExamined;
    of.byDefault.finishes += clickGivenExamined * finishGivenClick;
    of.best += best;
  }
  const all = [...members.values()];
  const finishRate = (rows: readonly (typeof all)[number][], way: 'selected' | 'byDefault'): number => {
    let takes = 0;
    let finishes = 0;
    for (const row of rows) {
      takes += row[way].takes;
      finishes += row[way].finishes;
    }
    return finishes / takes;
  };
  const resample = rng.fork('resample');
  const differences = Float64Array.from({ length: RESAMPLES }, () => {
    const rows = all.map(() => all[Math.floor(resample.next() * all.length)]);
    return finishRate(rows, 'selected') - finishRate(rows, 'byDefault');
  }).sort();
  return {
    selected: Float64Array.from(all, ({ selected, n }) => selected.takes / n),
    byDefault: Float64Array.from(all, ({ byDefault, n }) => byDefault.takes / n),
    best: Float64Array.from(all, ({ best, n }) => best / n),
    finishRate: { selected: finishRate(all, 'selected'), byDefault: finishRate(all, 'byDefault') },
    finishDifference: [
      differences[Math.floor(0.025 * RESAMPLES)],
      differences[Math.ceil(0.975 * RESAMPLES) - 1],
    ],
    impressions: to - from,
  };
};
