import type { UpworthyTest } from '../../datasets/upworthy.ts';
import { BetaTs } from '../../src/bandits/beta-ts.ts';
import type { BanditPolicy, BanditRound } from '../../src/bandits/contract.ts';
import { EpsilonGreedy } from '../../src/bandits/epsilon-greedy.ts';
import { Ucb1 } from '../../src/bandits/ucb1.ts';
import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import { createRng, type Rng } from '../../src/domain/rng.ts';
import { bootstrapMeanInterval } from '../../src/evaluation/bootstrap.ts';
import { ratioOfMeansInterval } from '../../src/evaluation/ratio-interval.ts';
import { drawIndex, shuffleInPlace } from '../../src/math/random.ts';
import { mean } from '../../src/math/statistics.ts';

const STAGE = 'upworthy';
const LEAST_SHARE = 0.5;
/** A policy's probabilities stand until so many more impressions came, at least, or this share more. */
const BATCH = { least: 20, share: 0.02 };
/** Headline tests on which the policy is chosen. */
const CHOOSING_TESTS = 300;
/** Impressions of every arm that a prior is worth, at the mean click rate of the headline tests. */
const PRIORS = [0, 100];
/** For how many impressions one counts: more than 1 makes Thompson sampling surer, which suits a short horizon. */
const EVIDENCES = [1, 2, 4, 8];
const EPSILONS = [0.05, 0.1];

export interface UpworthyMeasuring {
  readonly seed: number;
  readonly small: boolean;
  readonly progress: Progress;
}

interface Candidate {
  readonly name: string;
  readonly make: (arms: number) => BanditPolicy;
  /** For how many impressions the policy is told each one. */
  readonly evidence: number;
}

/** A test's arms as a replay knows them. */
interface Arms {
  readonly rates: Float64Array;
  readonly impressions: number;
}

/**
 * What a bandit would have gained over showing each image of a test equally often. The policy and its prior are
 * chosen on tests of headlines, and measured on tests of images.
 */
export const measureUpworthy = async (
  { image, headline }: Readonly<Record<'image' | 'headline', readonly UpworthyTest[]>>,
  { seed, small, progress }: UpworthyMeasuring,
): Promise<StageRow[]> => {
  if (image.length === 0 || headline.length === 0) {
    const absent = `${image.length} tests of images and ${headline.length} of headlines, expected some of each`;
    return [{ stage: STAGE, absent }];
  }
  const rng = createRng(seed).fork('upworthy');
  const repeats = small ? 1 : 5;
  const candidates = candidatesOf(clickRate(headline));
  const step = progress.step('replay tests of headlines and images', candidates.length + 3 * repeats);
  const choosing = headline.slice(0, CHOOSING_TESTS).map(wholeArms);
  const shares = candidates.map((candidate, c) => {
    const runs = choosing.map((arms, t) => replayTest(candidate, arms, rng.fork(`choose:${t}`)));
    step.advance(c + 1);
    return sum(runs.map(({ gained }) => gained)) / sum(choosing.map(bestGain));
  });
  const chosen = candidates[shares.indexOf(Math.max(...shares))];
  const tried = candidates.map(({ name }, c) => `${name} ${shares[c].toFixed(3)}`).join(', ');
  const chosenOn = `${chosen.name}, chosen on ${choosing.length} tests of headlines by their gain share (${tried})`;

  const rows: Measurement[] = [];
  const whole = image.map(wholeArms);
  const runs = await repeated(repeats, async (repeat) => {
    step.advance(candidates.length + repeat);
    return whole.map((arms, t) => replayTest(chosen, arms, rng.fork(`image:${repeat}:${t}`)));
  });
  const gained = meansOverRepeats(runs.map((run) => run.map((outcome) => outcome.gained)));
  const protocol = `${image.length} tests that vary the image alone, without those whose randomisation is doubted; each replayed ${repeats} times over as many impressions as it had, clicks being drawn at its arms' observed rates; probabilities brought up to date after every ${BATCH.least} impressions or ${100 * BATCH.share} % more; ${chosenOn}; interval by bootstrap over tests`;
  rows.push(
    gainShare('upworthy.image.gain-share', {
      gained,
      best: whole.map(bestGain),
      rng,
      protocol,
      definition:
        'expected clicks beyond the even split, over those of always showing the image with the highest observed rate; both summed over tests',
    }),
    foundRow(
      runs.map((run) => run.map((outcome) => Number(outcome.favourite === bestArm(outcome.rates)))),
      { rng, protocol },
    ),
  );

  const halves = image.map((test, t) => splitInHalf(test, rng.fork(`halves:${t}`)));
  const judgedRuns = await repeated(repeats, async (repeat) => {
    step.advance(candidates.length + repeats + repeat);
    return halves.map(({ played, judging }, t) => {
      const { shown } = replayTest(chosen, played, rng.fork(`half:${repeat}:${t}`));
      return gainOf(shown, judging.rates);
    });
  });
  rows.push(
    gainShare('upworthy.image.held-out-gain-share', {
      gained: meansOverRepeats(judgedRuns),
      best: halves.map(
        ({ played, judging }) =>
          played.impressions * (judging.rates[bestArm(played.rates)] - mean(judging.rates)),
      ),
      rng,
      protocol: `${protocol}; here each test's impressions are dealt into halves: the policy and the winner see one, and clicks are counted at the rates of the other`,
      definition:
        'clicks beyond the even split, over those of always showing the image that won on the same half of the data; both judged by the other half, where no luck of the first is left',
    }),
  );
  step.end(`${image.length} tests of images`);
  const [first, ...others] = rows;
  return [heldToShare(first, small), ...others].map((measurement) => ({ stage: STAGE, measurement }));
};

const heldToShare = (measurement: Measurement, small: boolean): Measurement =>
  small ? measurement : heldTo(measurement, LEAST_SHARE, 'at-least');

const candidatesOf = (rate: number): Candidate[] => [
  ...PRIORS.flatMap((worth) =>
    EVIDENCES.map((evidence) => ({
      name: `beta-ts (prior ${worth}, evidence ${evidence})`,
      evidence,
      make: (arms: number) => informed(new BetaTs({ arms }), { arms, rate, worth }),
    })),
  ),
  ...EPSILONS.map((epsilon) => ({
    name: `epsilon-greedy (${epsilon})`,
    evidence: 1,
    make: (featureSize: number) => new EpsilonGreedy({ featureSize, epsilon }),
  })),
  { name: 'ucb1', evidence: 1, make: (arms) => new Ucb1({ arms }) },
];

/** The policy, as if it had seen each arm `worth` times already, at the mean rate of other tests. */
const informed = (
  policy: BanditPolicy,
  { arms, rate, worth }: { readonly arms: number; readonly rate: number; readonly worth: number },
): BanditPolicy => {
  for (let action = 0; worth > 0 && action < arms; action++) {
    policy.update({ round: roundOf(arms), action, reward: rate, weight: worth });
  }
  return policy;
};

/** A round without context: each action is known by itself alone. */
const roundOf = (arms: number): BanditRound => ({
  requestId: 'upworthy',
  actionCount: arms,
  featureSize: arms,
  features: Float32Array.from({ length: arms * arms }, (_, at) => (at % (arms + 1) === 0 ? 1 : 0)),
});

const clickRate = (tests: readonly UpworthyTest[]): number => {
  const arms = tests.flatMap((test) => test.arms);
  return sum(arms.map(({ clicks }) => clicks)) / sum(arms.map(({ impressions }) => impressions));
};

const wholeArms = ({ arms }: UpworthyTest): Arms => ({
  rates: Float64Array.from(arms, ({ clicks, impressions }) => clicks / impressions),
  impressions: sum(arms.map(({ impressions }) => impressions)),
});

const bestArm = (rates: Float64Array): number =>
  rates.indexOf(rates.reduce((most, rate) => Math.max(most, rate), 0));

/** Clicks that these impressions of each arm bring beyond as many spread evenly, at these rates. */
const gainOf = (shown: Float64Array, rates: Float64Array): number => {
  const even = mean(rates);
  return shown.reduce((gain, times, arm) => gain + times * (rates[arm] - even), 0);
};

const bestGain = ({ rates, impressions }: Arms): number =>
  impressions * (rates[bestArm(rates)] - mean(rates));

/** One replay: how often each arm was shown, the expected clicks gained by it, and the arm shown most. */
const replayTest = ({ make, evidence }: Candidate, { rates, impressions }: Arms, rng: Rng) => {
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
const splitInHalf = ({ arms }: UpworthyTest, rng: Rng): { readonly played: Arms; readonly judging: Arms } => {
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

const gainShare = (
  name: string,
  {
    gained,
    best,
    rng,
    protocol,
    definition,
  }: {
    readonly gained: readonly number[];
    readonly best: readonly number[];
    readonly rng: Rng;
    readonly protocol: string;
    readonly definition: string;
  },
): Measurement => {
  const stream = rng.fork(`resample:${name}`);
  return {
    name,
    value: sum(gained) / sum(best),
    unit: 'share',
    n: gained.length,
    ci: ratioOfMeansInterval(gained, best, { uniform: () => stream.next() }),
    baselines: [
      { name: 'even split', value: 0 },
      { name: 'always the winner', value: 1 },
    ],
    definition: `${definition}; ${Math.round(sum(gained)).toLocaleString('en')} of ${Math.round(sum(best)).toLocaleString('en')} clicks`,
    protocol,
  };
};

/** How often the image shown most is the best. */
const foundRow = (
  found: readonly (readonly number[])[],
  { rng, protocol }: { readonly rng: Rng; readonly protocol: string },
): Measurement => {
  const shares = meansOverRepeats(found);
  const stream = rng.fork('resample:found');
  return {
    name: 'upworthy.image.best-found',
    value: mean(shares),
    unit: 'share',
    n: shares.length,
    ci: bootstrapMeanInterval(shares, { uniform: () => stream.next() }),
    definition: 'tests in which the image shown most often is the one of the highest observed rate',
    protocol,
  };
};

const meansOverRepeats = (repeats: readonly (readonly number[])[]): number[] =>
  repeats[0].map((_, t) => mean(repeats.map((values) => values[t])));

const repeated = async <T>(times: number, of: (repeat: number) => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  for (let repeat = 0; repeat < times; repeat++) {
    results.push(await of(repeat));
    await new Promise(setImmediate); // let signals through
  }
  return results;
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
