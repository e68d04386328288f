import { rowsBefore } from '../../datasets/split.ts';
import { artworkFeatureSize } from '../bandits/artwork-features.ts';
import type { BanditPolicy } from '../bandits/contract.ts';
import { EpsilonGreedy } from '../bandits/epsilon-greedy.ts';
import { withExplorationFloor } from '../bandits/exploration-floor.ts';
import { LinTs } from '../bandits/lin-ts.ts';
import { LinUcb } from '../bandits/lin-ucb.ts';
import { Uniform } from '../bandits/uniform.ts';
import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import type { Progress } from '../domain/progress.ts';
import type { Rng } from '../domain/rng.ts';
import { bootstrapMeanInterval, pairedBootstrapInterval } from '../evaluation/bootstrap.ts';
import { ratioOfMeansInterval } from '../evaluation/ratio-interval.ts';
import { mean } from '../math/statistics.ts';
import type { TrainedArtwork } from '../training/artwork.ts';
import type { Known } from '../training/replay.ts';
import { type ArtworkRoundsOf, compareArtwork, pseudoRegret, REGRET_DEFINITION } from './evaluate-artwork.ts';
import type { Subject } from './subject.ts';

const STAGE = 'artwork';
/** Of uniform choice's regret, after as many rounds as it takes to learn; a small run ends before that. */
const SHARE_OF_UNIFORM = 0.5;
const WITHOUT_ARTWORK = 'this dataset has no artworks and impressions to learn from';
const WITHOUT_WORLD = 'regret and takes need a simulated world, whose truth is known';

/** Held-out impressions and what was known before them, or why there are none to measure with. */
export const roundsOf = (
  { dataset, world, until }: Subject,
  trained: TrainedArtwork | undefined,
  known: Known,
): ArtworkRoundsOf | string => {
  const { artworks, impressions } = dataset;
  if (trained === undefined || artworks === undefined || impressions === undefined) return WITHOUT_ARTWORK;
  if (world === undefined) return WITHOUT_WORLD;
  return {
    world,
    artworks,
    impressions,
    from: rowsBefore(impressions.time, until),
    to: impressions.time.length,
    past: {
      takes: trained.stats.takes.slice(),
      exposures: trained.stats.exposures.slice(),
      known,
    },
  };
};

const staged = (measurement: Measurement): StageRow => ({ stage: STAGE, measurement });

/** Regret of policies that learn as they go, and what the trained one is worth beside the most taken artwork. */
export const measureArtwork = async (
  subject: Subject,
  trained: TrainedArtwork | undefined,
  known: Known,
  progress: Progress,
): Promise<StageRow[]> => {
  const source = roundsOf(subject, trained, known);
  if (typeof source === 'string') return [{ stage: STAGE, absent: source }];
  const regrets = await measureRegret(source, subject, progress);
  return [...regrets.map(staged), ...measureArtworkTakes(subject, trained, known)];
};

/** What the trained policy is worth beside the most taken artwork and the best. */
export const measureArtworkTakes = (
  subject: Subject,
  trained: TrainedArtwork | undefined,
  known: Known,
): StageRow[] => {
  const source = roundsOf(subject, trained, known);
  if (typeof source === 'string' || trained === undefined) {
    return [{ stage: STAGE, absent: typeof source === 'string' ? source : WITHOUT_ARTWORK }];
  }
  return measureTakes(source, trained, subject).map(staged);
};

/** Rounds in which a policy learns. */
export const LEARNING_ROUNDS = { small: 20_000, whole: 200_000 } as const;

/** What a policy that knows nothing yet loses as it learns. */
export const regretOf = (
  policy: BanditPolicy,
  source: ArtworkRoundsOf,
  rounds: number,
  rng: Rng,
): Measurement => {
  const curve = pseudoRegret(policy, source, rounds, rng.fork('regret'));
  return {
    name: `${policy.name}.pseudo-regret`,
    value: curve.y[curve.y.length - 1],
    unit: 'takes',
    n: rounds,
    definition: REGRET_DEFINITION,
    protocol: `${rounds} rounds on the titles that held-out pages showed; every policy starts with nothing learned and meets the same rounds`,
    series: [{ kind: 'regret', line: policy.name, ...curve }],
  };
};

const measureRegret = async (
  source: ArtworkRoundsOf,
  { rng, small }: Subject,
  progress: Progress,
): Promise<Measurement[]> => {
  const rounds = LEARNING_ROUNDS[small ? 'small' : 'whole'];
  const share = small ? 1 : SHARE_OF_UNIFORM;
  const featureSize = artworkFeatureSize(source.artworks.themeSize);
  const policies: BanditPolicy[] = [
    new Uniform(),
    new EpsilonGreedy({ featureSize }),
    withExplorationFloor(new LinUcb({ featureSize })),
    withExplorationFloor(new LinTs({ featureSize })),
  ];
  const step = progress.step('artwork policies learn', policies.length);
  const measured = new Map<string, Measurement>();
  for (const [i, policy] of policies.entries()) {
    measured.set(policy.name, regretOf(policy, source, rounds, rng));
    step.advance(i + 1, policy.name);
    await new Promise(setImmediate); // let signals through
  }
  step.end(`${rounds.toLocaleString('en')} rounds each`);
  const of = (name: string): Measurement => measured.get(name) as Measurement;
  const uniform = of('uniform');
  const linTs = { ...of('lin-ts'), baselines: [{ name: 'uniform', value: uniform.value }] };
  return [heldTo(linTs, uniform.value * share), of('lin-ucb'), of('epsilon-greedy'), uniform];
};

/** Share of what personal artwork could win that must be won; a small world tells too little of its members for that. */
const GAP_CLOSED = 0.6;
const GAP_CLOSED_SMALL = 0;
/** Impressions that the trained policy is compared on. */
const COMPARED = 40_000;

const measureTakes = (
  source: ArtworkRoundsOf,
  trained: TrainedArtwork,
  { rng, small }: Subject,
): Measurement[] => {
  const to = Math.min(source.to, source.from + COMPARED);
  const compared = compareArtwork(trained, { ...source, to }, rng.fork('takes'));
  const { selected, byDefault, best, finishRate, finishDifference } = compared;
  const stream = rng.fork('bootstrap:takes');
  const uniform = (): number => stream.next();
  const gain = pairedBootstrapInterval(selected, byDefault, { uniform });
  const won = selected.map((takes, i) => takes - byDefault[i]);
  const toWin = best.map((takes, i) => takes - byDefault[i]);
  const protocol = `expected by the world over ${compared.impressions} held-out impressions of ${selected.length} members, each taken as looked at`;
  return [
    heldTo(
      {
        name: 'artwork.takes-per-impression',
        value: mean(selected),
        unit: 'share',
        n: selected.length,
        ci: bootstrapMeanInterval(selected, { uniform }),
        baselines: [
          { name: 'most taken', value: mean(byDefault) },
          { name: 'oracle', value: mean(best) },
        ],
        definition:
          'expected clicks per impression that is looked at; mean over a member’s impressions, then over members',
        protocol,
      },
      mean(byDefault),
      'at-least',
      gain[0] > 0,
    ),
    heldTo(
      {
        name: 'artwork.gap-closed',
        value: mean(won) / mean(toWin),
        unit: 'share',
        n: selected.length,
        ci: ratioOfMeansInterval(won, toWin, { uniform }),
        baselines: [
          { name: 'most taken', value: 0 },
          { name: 'oracle', value: 1 },
        ],
        definition:
          'takes per impression of the selector less those of the most taken artwork, divided by the oracle’s less those of the most taken artwork; what is kept for exploring is paid',
        protocol,
      },
      small ? GAP_CLOSED_SMALL : GAP_CLOSED,
      'at-least',
    ),
    {
      name: 'artwork.takes-gain',
      value: mean(selected) - mean(byDefault),
      unit: 'share',
      n: selected.length,
      ci: gain,
      definition:
        'takes per impression of the selector less those of the most taken artwork, paired by member',
      protocol,
    },
    heldTo(
      {
        name: 'artwork.finish-rate-gain',
        value: finishRate.selected - finishRate.byDefault,
        unit: 'share',
        n: selected.length,
        ci: finishDifference,
        baselines: [{ name: 'most taken', value: finishRate.byDefault }],
        definition: 'expected finishes per take of the selector less those of the most taken artwork',
        protocol,
      },
      0,
      'at-least',
    ),
  ];
};
