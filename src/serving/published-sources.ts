/** What the sources beside the two towers are served from, as tables of a published version. */
import { type ArrowTable, type Columns, columnOf, numbersOf } from '../artifacts/columns.ts';
import type { ItemNeighbours } from '../candidate-gen/baselines/item-neighbours.ts';
import type { TakeRate } from '../candidate-gen/take-rate.ts';
import { callerError } from '../domain/errors.ts';

export interface PublishedSources {
  readonly neighbours: ItemNeighbours;
  /** By the source's name. */
  readonly takeRates: ReadonlyMap<string, TakeRate>;
}

export const sourceTables = ({ neighbours, takeRates }: PublishedSources): Record<string, Columns> => {
  const { offsets, items, weights } = neighbours;
  const rates = [...takeRates.values()];
  return {
    'item-neighbours': {
      items: { kind: 'number-lists', offsets, values: items },
      weights: { kind: 'number-lists', offsets, values: weights },
    },
    'take-rates': {
      source: [...takeRates.keys()],
      rate: Float64Array.from(rates, ({ rate }) => rate),
      power: Float64Array.from(rates, ({ power }) => power),
    },
  };
};

/** @throws MarqueeError (caller) when the neighbours are not of so many titles, or a rate is not one */
export const readSources = (open: (table: string) => ArrowTable, titles: number): PublishedSources => {
  const near = open('item-neighbours');
  const { offsets, values: items } = columnOf(near, 'items', 'number-lists');
  const weights = columnOf(near, 'weights', 'number-lists').values as Float32Array;
  if (near.rows !== titles || items.length !== weights.length || items.some((item) => item >= titles)) {
    throw callerError(
      'models-neighbours',
      `${near.file}: neighbours of ${near.rows} titles, expected a weight each of the ${titles} that the version has`,
    );
  }
  const rates = open('take-rates');
  const rate = numbersOf(rates, 'rate', Float64Array);
  const power = numbersOf(rates, 'power', Float64Array);
  const takeRates = columnOf(rates, 'source', 'strings').values.map((source, i): [string, TakeRate] => {
    if (!(rate[i] >= 0 && power[i] >= 0)) {
      const came = `rate ${rate[i]} and power ${power[i]}`;
      throw callerError(
        'models-take-rate',
        `${rates.file}: ${came} of source ${source}, expected numbers from 0`,
      );
    }
    return [source, { rate: rate[i], power: power[i] }];
  });
  return {
    neighbours: { itemCount: titles, offsets, items: items as Uint32Array, weights },
    takeRates: new Map(takeRates),
  };
};
