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
import { bootstrapMeanInterval, pairedBootstrapInterval } from '../evaluation/bootstrap.ts';
import { mean } from '../math/statistics.ts';
import type { Known } from '../training/replay.ts';
import type { TrainedArtwork } from '../training/train.ts';
import { type ArtworkRoundsOf, compareArtwork, pseudoRegret, REGRET_DEFINITION } from './evaluate-artwork.ts';
import type { Subject } from './subject.ts';

const STAGE = 'artwork';
/** Of uniform choice's regret, after as many rounds as it takes to learn; a small run ends before that. */
const SHARE_OF_UNIFORM = 0.5;
const WITHOUT_ARTWORK = 'this dataset has no artworks and impressions to learn from';
const WITHOUT_WORLD = 'regret and takes need a simulated world, whose truth is known';

/** The policy that the homepage's artworks are chosen by, knowing nothing yet. */
export const artworkPolicy = (themeSize: number): BanditPolicy =>
  withExplorationFloor(new LinTs({ featureSize: artworkFeatureSize(themeSize) }));

/** Regret of each policy, and what the trained one is worth beside the most taken artwork. */
export const measureArtwork = async (
  subject: Subject,
  trained: TrainedArtwork | undefined,
  known: Known,
  progress: Progress,
): Promise<StageRow[]> => {
  const { dataset, world, until } = subject;
  const { artworks, impressions } = dataset;
  if (trained === undefined || artworks === undefined || impressions === undefined) {
    return [{ stage: STAGE, absent: WITHOUT_ARTWORK }];
  }
  if (world === undefined) return [{ stage: STAGE, absent: WITHOUT_WORLD }];
  const source: ArtworkRoundsOf = {
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
  const rows = [
    ...(await measureRegret(source, subject, progress)),
    ...measureTakes(source, trained, subject),
  ];
  return rows.map((measurement) => ({ stage: STAGE, measurement }));
};

const measureRegret = async (
  source: ArtworkRoundsOf,
  { rng, small }: Subject,
  progress: Progress,
): Promise<Measurement[]> => {
  const rounds = small ? 20_000 : 200_000;
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
    measured.set(policy.name, {
      name: `${policy.name}.pseudo-regret`,
      value: pseudoRegret(policy, source, rounds, rng.fork('regret')),
      unit: 'takes',
      n: rounds,
      definition: REGRET_DEFINITION,
      protocol: `${rounds} rounds on the titles that held-out pages showed; every policy starts with nothing learned and meets the same rounds`,
    });
    step.advance(i + 1, policy.name);
    await new Promise(setImmediate); // let signals through
  }
  step.end(`${rounds.toLocaleString('en')} rounds each`);
  const of = (name: string): Measurement => measured.get(name) as Measurement;
  const uniform = of('uniform');
  const linTs = { ...of('lin-ts'), baselines: [{ name: 'uniform', value: uniform.value }] };
  return [heldTo(linTs, uniform.value * share), of('lin-ucb'), of('epsilon-greedy'), uniform];
};

/** Impressions that the trained policy is compared on. */
const COMPARED = 40_000;

const measureTakes = (source: ArtworkRoundsOf, trained: TrainedArtwork, { rng }: Subject): Measurement[] => {
  const to = Math.min(source.to, source.from + COMPARED);
  const compared = compareArtwork(trained.policy, trained.stats, { ...source, to }, rng.fork('takes'));
  const { selected, byDefault, best, finishRate, finishDifference } = compared;
  const stream = rng.fork('bootstrap:takes');
  const uniform = (): number => stream.next();
  const gain = pairedBootstrapInterval(selected, byDefault, { uniform });
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
