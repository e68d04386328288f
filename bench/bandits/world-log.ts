/** Logs of artwork choices in small worlds, each with the exact value of the policy that is to be evaluated on it. */
import { simulate } from '../../datasets/simulate.ts';
import { ArtworkRounds, artworkFeatureSize } from '../../src/bandits/artwork-features.ts';
import { ArtworkStats } from '../../src/bandits/artwork-stats.ts';
import { mixFloor } from '../../src/bandits/decision.ts';
import { moodProfile } from '../../src/bandits/mood-profile.ts';
import type { Rng } from '../../src/domain/rng.ts';
import type { Artworks, Dataset, Impressions } from '../../src/domain/tables.ts';
import { titleThemesOf } from '../../src/domain/title-themes.ts';
import type { BanditLog } from '../../src/evaluation/off-policy/contract.ts';
import type { RoundFeatures } from '../../src/evaluation/off-policy/reward-model.ts';
import { solveRidge } from '../../src/math/linear-algebra.ts';
import { drawIndex } from '../../src/math/random.ts';
import type { World } from '../../src/simulator/world.ts';

/** A log, the policy to evaluate on it, and what is known of its rounds. */
export interface TargetedLog {
  readonly log: BanditLog;
  readonly target: Float64Array; // [n, actionCount]
  readonly features: RoundFeatures;
}

/** A behaviour policy that writes logs, and what the target policy is really worth. */
export interface KnownBandit {
  readonly truth: number;
  draw(rounds: number, rng: Rng): TargetedLog;
}

/** Small enough for hundreds. */
const WORLD = { titles: 60, members: 200, days: 15, visitsPerDay: 0.4 };
/** Impressions from which the behaviour policy's model and the target's are learned, from the first on. */
const LEARNED = { behavior: 2_000, target: 8_000 };
/** Moments of choice, the last of the log: contexts are drawn from them, so their mean is the truth. */
const CONTEXTS = 2_000;
const SHARPNESS = { behavior: 20, target: 100 };
const FLOOR = 0.1;

/**
 * A world of this seed, in which artworks are chosen by a policy that learned from a little of its log, with a
 * uniform share; another, learned from more of it and surer of itself, is the target. Rewards are clicks on
 * artworks that are looked at. The truth is the target's expected reward, over all contexts, in the world.
 */
export const createWorldBandit = (seed: number): KnownBandit => {
  const { world, dataset } = simulate({ ...WORLD, seed });
  const { impressions, artworks } = dataset as Required<Dataset>;
  const contextOf = artworkContexts(dataset, artworks, impressions);
  const behavior = learnPolicy(
    { impressions, artworks, contextOf, sharpness: SHARPNESS.behavior },
    LEARNED.behavior,
  );
  const target = learnPolicy(
    { impressions, artworks, contextOf, sharpness: SHARPNESS.target },
    LEARNED.target,
  );

  const first = impressions.time.length - CONTEXTS;
  const contexts = Array.from({ length: CONTEXTS }, (_, c) => {
    const features = contextOf(first + c);
    const offered = features.length / featureSizeOf(artworks);
    return {
      features,
      behavior: mixFloor(behavior(features), FLOOR),
      target: target(features),
      expected: clickProbabilities(world, impressions, first + c, offered),
    };
  });
  let truth = 0;
  for (const context of contexts) {
    for (const [a, p] of context.target.entries()) truth += (p * context.expected[a]) / CONTEXTS;
  }

  const actionCount = world.config.maxArtworks;
  const d = featureSizeOf(artworks);
  return {
    truth,
    draw: (rounds, rng) => {
      const uniform = (): number => rng.next();
      const drawn = Array.from({ length: rounds }, () => contexts[Math.floor(uniform() * CONTEXTS)]);
      const actions = Uint8Array.from(drawn, (context) => drawIndex(uniform, context.behavior));
      const probabilities = new Float64Array(rounds * actionCount);
      for (const [i, context] of drawn.entries()) probabilities.set(context.target, i * actionCount);
      return {
        log: {
          actionCount,
          actions,
          rewards: Uint8Array.from(drawn, ({ expected }, i) => (uniform() < expected[actions[i]] ? 1 : 0)),
          propensities: Float64Array.from(drawn, (context, i) => context.behavior[actions[i]]),
        },
        target: probabilities,
        features: {
          featureSize: d,
          write: (round, action, out) =>
            out.set(drawn[round].features.subarray(action * d, (action + 1) * d)),
        },
      };
    },
  };
};

const featureSizeOf = ({ themeSize }: Artworks): number => artworkFeatureSize(themeSize);

/** What the system sees at an impression: features of each artwork of its title, [actions, featureSize]. */
const artworkContexts = (
  { plays, members }: Dataset,
  artworks: Artworks,
  impressions: Impressions,
): ((row: number) => Float32Array) => {
  const themes = titleThemesOf(artworks);
  const histories = members.ids.map(() => ({ titles: [] as number[], fractions: [] as number[] }));
  for (let p = 0; p < plays.time.length; p++) {
    histories[plays.member[p]].titles.push(plays.title[p]);
    histories[plays.member[p]].fractions.push(plays.watchedFraction[p]);
  }
  const profiles = histories.map(({ titles, fractions }) => moodProfile(titles, fractions, themes));
  const stats = new ArtworkStats(artworks);
  for (let i = 0; i < LEARNED.target; i++) stats.add(impressions.artwork[i], impressions.clicked[i]);
  const rounds = new ArtworkRounds(artworks, stats);
  return (row) =>
    rounds.build(`row-${row}`, profiles[impressions.member[row]], impressions.title[row]).features.slice();
};

interface Learning {
  readonly impressions: Impressions;
  readonly artworks: Artworks;
  readonly contextOf: (row: number) => Float32Array;
  readonly sharpness: number;
}

/** P(artwork) by a softmax of click rates as a ridge regression expects them. */
const learnPolicy = (
  { impressions, artworks, contextOf, sharpness }: Learning,
  rows: number,
): ((features: Float32Array) => Float64Array) => {
  const d = featureSizeOf(artworks);
  const learned = Array.from({ length: rows }, (_, row) => {
    const action = impressions.artwork[row] - artworks.titleOffsets[impressions.title[row]];
    return contextOf(row).subarray(action * d, (action + 1) * d);
  });
  const theta = solveRidge(learned, impressions.clicked.subarray(0, rows), 1);
  return (features) => {
    const odds = Float64Array.from({ length: features.length / d }, (_, a) => {
      let score = 0;
      for (let j = 0; j < d; j++) score += theta[j] * features[a * d + j];
      return Math.exp(sharpness * score);
    });
    const sum = odds.reduce((total, value) => total + value, 0);
    return odds.map((value) => value / sum);
  };
};

/** P(click) of each artwork of the title in the row, given that it is looked at. */
const clickProbabilities = (
  world: World,
  { member, title, device, time }: Impressions,
  row: number,
  offered: number,
): Float64Array => {
  const placement = { device: device[row], row: 0, position: 0, at: time[row] };
  const first = world.catalogue.artworks.titleOffsets[title[row]];
  return Float64Array.from(
    { length: offered },
    (_, action) => world.expect(member[row], title[row], first + action, placement).clickGivenExamined,
  );
};
