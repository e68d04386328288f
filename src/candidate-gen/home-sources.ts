/** The homepage's sources, as they are trained, measured and served: one list, so that the three are about the same. */
import type { Titles, Vocabulary } from '../domain/tables.ts';
import type { ItemNeighbours } from './baselines/item-neighbours.ts';
import type { CandidateGenerator, VectorIndex } from './contract.ts';
import { createItemToItem } from './item-to-item.ts';
import type { Blend } from './merge.ts';
import { createNewReleases } from './new-releases.ts';
import { byTakeRate, type TakeRate } from './take-rate.ts';
import { createTrending } from './trending.ts';
import { createTwoTower } from './two-tower.ts';
import type { TwoTowerModel } from './two-tower-model.ts';

export interface HomeGeneratorParts {
  readonly model: TwoTowerModel;
  /** Over the model's item vectors. */
  readonly index: VectorIndex;
  readonly neighbours: ItemNeighbours;
  /** Recent plays of each title as of the logs, [titles]. */
  readonly trending: Float64Array;
  readonly titles: Titles;
  readonly vocabulary: Vocabulary;
}

/** In the order in which a play that several of them propose counts for one. */
export const homeGenerators = (parts: HomeGeneratorParts): CandidateGenerator[] => {
  const { model, index, neighbours, trending, titles, vocabulary } = parts;
  return [
    createTwoTower({ model, index, titles, vocabulary }),
    createItemToItem({ titles, neighbours }),
    createTrending({ titles, counts: trending }),
    createNewReleases({ model, titles, vocabulary }),
  ];
};

/** Places of a pool of 500 that a source has for its own, by its name. */
export type Reservations = Readonly<Record<string, number>>;

/**
 * Chosen on a world that no table reports. By take rates alone the two towers get every place. 50 places for new
 * releases bring 1.4 times as many of the new titles played next into the pool, and more finished watches on the page,
 * for no loss of recall that could be told from chance; 100 lose some, and so do 50 for item-to-item; 25 for what is
 * trending do nothing.
 */
export const RESERVED: Reservations = { 'new-releases': 50 };

export interface HomeSourceParts extends HomeGeneratorParts {
  /** By the source's name. */
  readonly takeRates: ReadonlyMap<string, TakeRate>;
}

/**
 * The same with what brings their scores onto the scale of P(played next), and the places reserved for them. A source
 * whose take rate is not known goes last, in its own order.
 */
export const homeSources = (
  { takeRates, ...parts }: HomeSourceParts,
  reserved: Reservations = RESERVED,
): (Blend & { readonly generator: CandidateGenerator })[] =>
  homeGenerators(parts).map((generator) => ({
    generator,
    calibrate: byTakeRate(takeRates.get(generator.name) ?? { rate: 0, power: 0 }),
    reserved: reserved[generator.name] ?? 0,
  }));
