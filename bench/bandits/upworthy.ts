import type { UpworthyTest } from '../../datasets/upworthy.ts';
import { BetaTs } from '../../src/bandits/beta-ts.ts';
import type { BanditPolicy } from '../../src/bandits/contract.ts';
import { EpsilonGreedy } from '../../src/bandits/epsilon-greedy.ts';
import { Ucb1 } from '../../src/bandits/ucb1.ts';
import { type Baseline, heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import { createRng, type Rng } from '../../src/domain/rng.ts';
import { bootstrapMeanInterval } from '../../src/evaluation/bootstrap.ts';
import { ratioOfMeansInterval } from '../../src/evaluation/ratio-interval.ts';
import { mean } from '../../src/math/statistics.ts';
import {
  type Arms,
  BATCH,
  bestArm,
  bestGain,
  gainOf,
  type Player,
  replayTest,
  roundOf,
  splitInHalf,
  sum,
  wholeArms,
} from './upworthy-replay.ts';

const STAGE = 'upworthy';
const LEAST_SHARE = 0.5;
/** Headline tests on which the policy is chosen. */
const CHOOSING_TESTS = 300;
/** Impressions of every arm that a prior is worth, at the mean click rate of the headline tests. */
const PRIORS = [0, 100];
/** For how many impressions one counts: more than 1 makes Thompson sampling surer, which suits a short horizon. */
const EVIDENCES = [1, 2, 4, 8];

export interface UpworthyMeasuring {
  readonly seed: number;
  readonly small: boolean;
  readonly progress: Progress;
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
  const repeats = small ? 1 : 3;
  const players = playersOf(clickRate(headline));
  const step = progress.step('replay tests of headlines and images', 4);
  const choosing = headline.slice(0, CHOOSING_TESTS).map(wholeArms);
  const shares = await shareOfEach(players, choosing, rng.fork('choose'));
  const chosen = players[shares.indexOf(Math.max(...shares))];
  step.advance(1, chosen.name);
  const whole = image.map(wholeArms);
  const plain = players.filter(({ isPlain }) => isPlain);
  const plainShares = await shareOfEach(plain, whole, rng.fork('plain'));
  step.advance(2);

  const tried = players.map(({ name }, p) => `${name} ${shares[p].toFixed(3)}`).join(', ');
  const protocol = `${image.length} tests that vary the image alone, without those whose randomisation is doubted; each replayed ${repeats} times over as many impressions as it had, clicks being drawn at its arms' observed rates; probabilities brought up to date after every ${BATCH.least} impressions or ${100 * BATCH.share} % more; ${chosen.name}, chosen on ${choosing.length} tests of headlines by their gain share (${tried}); interval by bootstrap over tests`;
  const baselines = plain.map(({ name }, p) => ({ name, value: plainShares[p] }));
  const measuring: Measuring = { player: chosen, image, repeats, rng, protocol, baselines };
  const { share, found } = await onObservedRates(measuring);
  step.advance(3);
  const heldOut = await onHeldOutHalves(measuring);
  step.end(`${image.length} tests of images`);
  const rows = [small ? share : heldTo(share, LEAST_SHARE, 'at-least'), found, heldOut];
  return rows.map((measurement) => ({ stage: STAGE, measurement }));
};

interface Measuring {
  readonly player: Player;
  readonly image: readonly UpworthyTest[];
  readonly repeats: number;
  readonly rng: Rng;
  readonly protocol: string;
  readonly baselines: readonly Baseline[];
}

/** The observed rates taken for the truth: the winner is the arm that came out best in the test itself. */
const onObservedRates = async ({ player, image, repeats, rng, protocol, baselines }: Measuring) => {
  const whole = image.map(wholeArms);
  const runs = await repeated(repeats, (repeat) =>
    whole.map((arms, t) => replayTest(player, arms, rng.fork(`image:${repeat}:${t}`))),
  );
  const share = gainShare('upworthy.image.gain-share', {
    gained: meansOverRepeats(runs.map((run) => run.map(({ gained }) => gained))),
    best: whole.map(bestGain),
    rng,
    definition:
      'expected clicks beyond the even split, over those of always showing the image with the highest observed rate; both summed over tests',
    protocol,
    baselines,
  });
  const hits = meansOverRepeats(
    runs.map((run) => run.map(({ favourite, rates }) => Number(favourite === bestArm(rates)))),
  );
  const stream = rng.fork('resample:found');
  const found: Measurement = {
    name: 'upworthy.image.best-found',
    value: mean(hits),
    unit: 'share',
    n: hits.length,
    ci: bootstrapMeanInterval(hits, { uniform: () => stream.next() }),
    baselines: [{ name: 'chance', value: mean(whole.map(({ rates }) => 1 / rates.length)) }],
    definition: 'tests in which the image shown most often is the one of the highest observed rate',
    protocol,
  };
  return { share, found };
};

/** The winner judged on other impressions than those it won by, and the policy likewise. */
const onHeldOutHalves = async ({
  player,
  image,
  repeats,
  rng,
  protocol,
}: Measuring): Promise<Measurement> => {
  const halves = image.map((test, t) => splitInHalf(test, rng.fork(`halves:${t}`)));
  const runs = await repeated(repeats, (repeat) =>
    halves.map(({ played, judging }, t) =>
      gainOf(replayTest(player, played, rng.fork(`half:${repeat}:${t}`)).shown, judging.rates),
    ),
  );
  return gainShare('upworthy.image.held-out-gain-share', {
    gained: meansOverRepeats(runs),
    best: halves.map(
      ({ played, judging }) =>
        played.impressions * (judging.rates[bestArm(played.rates)] - mean(judging.rates)),
    ),
    rng,
    definition:
      'clicks beyond the even split, over those of always showing the image that won on the same half of the data; both judged by the other half, where no luck of the first is left',
    protocol: `${protocol}; here each test's impressions are dealt into halves: the policy and the winner see one, and clicks are counted at the rates of the other`,
    baselines: [],
  });
};

interface NamedPlayer extends Player {
  /** With no setting to choose: a baseline. */
  readonly isPlain: boolean;
}

const playersOf = (rate: number): NamedPlayer[] => [
  ...PRIORS.flatMap((worth) =>
    EVIDENCES.map((evidence) => {
      const isPlain = worth === 0 && evidence === 1;
      return {
        name: isPlain ? 'beta-ts' : `beta-ts (prior ${worth}, evidence ${evidence})`,
        isPlain,
        evidence,
        make: (arms: number) => informed(new BetaTs({ arms }), { arms, rate, worth }),
      };
    }),
  ),
  {
    name: 'epsilon-greedy',
    isPlain: true,
    evidence: 1,
    make: (featureSize) => new EpsilonGreedy({ featureSize }),
  },
  { name: 'ucb1', isPlain: true, evidence: 1, make: (arms) => new Ucb1({ arms }) },
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

const clickRate = (tests: readonly UpworthyTest[]): number => {
  const arms = tests.flatMap((test) => test.arms);
  return sum(arms.map(({ clicks }) => clicks)) / sum(arms.map(({ impressions }) => impressions));
};

/** Clicks gained of those to be gained, by each player over all tests. */
const shareOfEach = (players: readonly Player[], tests: readonly Arms[], rng: Rng): Promise<number[]> =>
  repeated(players.length, (p) => {
    const gained = tests.map((arms, t) => replayTest(players[p], arms, rng.fork(`test:${t}`)).gained);
    return sum(gained) / sum(tests.map(bestGain));
  });

const gainShare = (
  name: string,
  {
    gained,
    best,
    rng,
    protocol,
    definition,
    baselines,
  }: {
    readonly gained: readonly number[];
    readonly best: readonly number[];
    readonly rng: Rng;
    readonly protocol: string;
    readonly definition: string;
    readonly baselines: readonly Baseline[];
  },
): Measurement => {
  const stream = rng.fork(`resample:${name}`);
  return {
    name,
    value: sum(gained) / sum(best),
    unit: 'share',
    n: gained.length,
    ci: ratioOfMeansInterval(gained, best, { uniform: () => stream.next() }),
    baselines: [{ name: 'even split', value: 0 }, ...baselines],
    definition: `${definition}; ${Math.round(sum(gained)).toLocaleString('en')} of ${Math.round(sum(best)).toLocaleString('en')} clicks`,
    protocol,
  };
};

const meansOverRepeats = (repeats: readonly (readonly number[])[]): number[] =>
  repeats[0].map((_, t) => mean(repeats.map((values) => values[t])));

const repeated = async <T>(times: number, of: (repeat: number) => T): Promise<T[]> => {
  const results: T[] = [];
  for (let repeat = 0; repeat < times; repeat++) {
    results.push(of(repeat));
    await new Promise(setImmediate); // let signals through
  }
  return results;
};
