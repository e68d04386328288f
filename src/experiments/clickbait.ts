/** Artworks planted to draw takes that end in nothing: does the selector fall for them? */
import { logsOf } from '../../datasets/simulate.ts';
import { temporalSplit } from '../../datasets/split.ts';
import { artworkProbabilities } from '../bandits/artwork-selector.ts';
import { heldTo, type Measurement } from '../domain/measurement.ts';
import { createRng } from '../domain/rng.ts';
import { meanInterval } from '../evaluation/mean-interval.ts';
import { mean } from '../math/statistics.ts';
import { noTaste } from '../ranking/taste.ts';
import { worldConfig } from '../simulator/config.ts';
import { createWorld, type World } from '../simulator/world.ts';
import { type TrainedArtwork, trainArtwork } from '../training/artwork.ts';
import { replay } from '../training/replay.ts';
import { examinationLookUp, learnExamination } from '../training/train.ts';

/** Titles with a planted artwork, the most prominent. */
const PLANTED = 20;
/** Log-odds that a planted artwork adds to every click. */
const PULL = 1.5;
/** Its honesty, in place of an inner product with its title: the finish's log-odds fall by 0.4 (1 - honesty). */
const HONESTY = -4;
/** Members on whom the choice is read. */
const ASKED = 200;

export interface PlantedClickbait {
  readonly world: World;
  /** The first artwork of each of these titles is the planted one. */
  readonly titles: readonly number[];
  readonly guarded: TrainedArtwork;
  readonly unguarded: TrainedArtwork;
}

/** A small world with clickbait, and what its log teaches with the guardrail and without. */
export const plantClickbait = (seed: number): PlantedClickbait => {
  const world = createWorld(
    worldConfig({ seed, titles: 400, members: 2_000, days: 30, visitsPerDay: 0.3, maxArtworks: 6 }),
  );
  const { prominence } = world.truth.title;
  const titles = Array.from(prominence.keys())
    .sort((a, b) => prominence[b] - prominence[a])
    .filter((title) => world.catalogue.titles.releaseDay[title] < world.config.startDay)
    .slice(0, PLANTED);
  for (const title of titles) {
    const artwork = world.catalogue.artworks.titleOffsets[title];
    world.truth.artwork.pull[artwork] = PULL;
    world.truth.artwork.honesty[artwork] = HONESTY;
  }
  const dataset = logsOf(world);
  const until = temporalSplit(dataset).testStart;
  const examination = examinationLookUp(learnExamination(dataset, until));
  const options = {
    dataset,
    until,
    rng: createRng(seed).fork('clickbait'),
    known: replay(dataset, until, examination),
    taste: noTaste(world.config.titles),
    examination,
  };
  const [guarded, unguarded] = [true, false].map((on) => trainArtwork({ ...options, guarded: on }));
  if (guarded === undefined || unguarded === undefined) throw new RangeError('a world has artworks');
  return { world, titles, guarded, unguarded };
};

/** By member: P(planted artwork), mean over the planted titles; and the world's finishes per take on them. */
const outcomesOf = ({ world, titles }: PlantedClickbait, { policy, moods }: TrainedArtwork) => {
  const { titleOffsets, themeSize } = policy.artworks;
  const shares: number[] = [];
  let [takes, finishes] = [0, 0];
  for (let member = 0; member < ASKED; member++) {
    const mood = moods.subarray(member * themeSize, (member + 1) * themeSize);
    let share = 0;
    for (const title of titles) {
      const probabilities = artworkProbabilities(policy, mood, title);
      share += probabilities[0] / titles.length;
      probabilities.forEach((p, i) => {
        const placement = { device: 1, row: 0, position: 0, at: world.config.startDay * 86_400_000 };
        const { clickGivenExamined, finishGivenClick } = world.expect(
          member,
          title,
          titleOffsets[title] + i,
          placement,
        );
        takes += p * clickGivenExamined;
        finishes += p * clickGivenExamined * finishGivenClick;
      });
    }
    shares.push(share);
  }
  return { shares, finishRate: finishes / takes };
};

/** How often clickbait is chosen with the guardrail, and without it. */
export const measureClickbait = (seed: number): Measurement[] => {
  const planted = plantClickbait(seed);
  const [on, off] = [planted.guarded, planted.unguarded].map((trained) => outcomesOf(planted, trained));
  const definition = `P(the planted artwork is shown), mean over ${PLANTED} titles whose first artwork adds ${PULL} to every click’s log-odds and takes ${(0.4 * (1 - HONESTY)).toFixed(1)} from every finish’s, then over members`;
  const protocol = 'a small world whose logs show every artwork alike; trained before its held-out part';
  const row = (name: string, values: readonly number[]): Measurement => ({
    name,
    value: mean(values),
    unit: 'share',
    n: values.length,
    ci: meanInterval(values),
    definition,
    protocol,
  });
  return [
    heldTo(
      {
        ...row('artwork.clickbait-chosen', on.shares),
        baselines: [{ name: 'without the guardrail', value: mean(off.shares) }],
      },
      0.1,
      'at-most',
      mean(off.shares) > 0.5,
    ),
    {
      name: 'artwork.clickbait-finish-rate',
      value: on.finishRate,
      unit: 'share',
      n: on.shares.length,
      baselines: [{ name: 'without the guardrail', value: off.finishRate }],
      definition: 'finishes per take on the same titles, as the world expects them',
      protocol,
    },
  ];
};
