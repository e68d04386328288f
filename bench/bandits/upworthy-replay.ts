/** Tests of real packages replayed as Bernoulli bandits. */
import type { UpworthyTest } from '../../datasets/upworthy.ts';
import type { BanditPolicy, BanditRound } from '../../src/bandits/contract.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { drawIndex, shuffleInPlace } from '../../src/math/random.ts';
import { mean } from '../../src/math/statistics.ts';

/** A policy's probabilities stand until so many more impressions came, at least, or this share more. */
export const BATCH = { least: 20, share: 0.02 };
/** A policy that a test is replayed with. */
export interface Player {
  readonly name: string;
  readonly make: (arms: number) => BanditPolicy;
  /** For how many impressions the policy is told each one. */
  readonly evidence: number;
}

/** A test's arms as a replay knows them. */
export interface Arms {
  readonly rates: Float64Array;
  readonly impressions: number;
}

/** A round without context: each action is known by itself alone. */
export const roundOf = (arms: number): BanditRound => ({
  requestId: 'upworthy',
  actionCount: arms,
  featureSize: arms,
  features: Float32Array.from({ length: arms * arms }, (_, at) => (at % (arms + 1) === 0 ? 1 : 0)),
});

export const wholeArms = ({ arms }: UpworthyTest): Arms => ({
  rates: Float64Array.from(arms, ({ clicks, impressions }) => clicks / impressions),
  impressions: sum(arms.map(({ impressions }) => impressions)),
});

export const bestArm = (rates: Float64Array): number =>
  rates.indexOf(rates.reduce((most, rate) => Math.max(most, rate), 0));

/** Clicks that these impressions of each arm bring beyond as many spread evenly, at these rates. */
export const gainOf = (shown: Float64Array, rates: Float64Array): number => {
  const even = mean(rates);
  return shown.reduce((gain, times, arm) => gain + times * (rates[arm] - even), 0);
};

export const bestGain = ({ rates, impressions }: Arms): number =>
  impressions * (rates[bestArm(rates)] - mean(rates));

/** One replay: how often each arm was shown, the expected clicks gained by it, and the arm shown most. */
export const replayTest = ({ make, evidence }: Player, { rates, impressions }: Arms, rng: Rng) => {
  const policy = make(rates.length);
  const round = roundOf(rates.length);
  const uniform = (): number => rng.next();
  const shown = new Float64Array(rates.length);
  for (let done = 0; done < impressions; ) {
    const batch = Math.min(Math.max(BATCH.least, Math.floor(BATCH.share * done)), impressions - done);
    const probabilities = policy.probabilities(round, rng);
    const times = new Float64Array(rates.length);
    const clicks = new Float64Array(rates.length);
    for (let i = 0; i < batch; i++) {
      const arm = drawIndex(uniform, probabilities);
      times[arm]++;
      if (uniform() < rates[arm]) clicks[arm]++;
    }
    for (const [action, weight] of times.entries()) {
      if (weight > 0)
        policy.update({ round, action, reward: clicks[action] / weight, weight: weight * evidence });
      shown[action] += weight;
    }
    done += batch;
  }
  return { shown, rates, gained: gainOf(shown, rates), favourite: bestArm(shown) };
};

/** The impressions of each arm dealt into two halves by chance, as rates of each. */
export const splitInHalf = (
  { arms }: UpworthyTest,
  rng: Rng,
): { readonly played: Arms; readonly judging: Arms } => {
  const halves = arms.map(({ clicks, impressions }) => {
    const clicked = new Uint8Array(impressions).fill(1, 0, clicks);
    shuffleInPlace(clicked, () => rng.next());
    const half = Math.ceil(impressions / 2);
    const first = clicked.subarray(0, half).reduce((count, click) => count + click, 0);
    return [
      { clicks: first, impressions: half },
      { clicks: clicks - first, impressions: Math.max(1, impressions - half) },
    ];
  });
  const armsOf = (h: 0 | 1): Arms => ({
    rates: Float64Array.from(halves, (half) => half[h].clicks / half[h].impressions),
    impressions: sum(halves.map((half) => half[h].impressions)),
  });
  return { played: armsOf(0), judging: armsOf(1) };
};

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
