/** What the rows of first sessions are drawn from, as a table of a published version. */
import { type ArrowTable, type Columns, columnOf } from '../artifacts/columns.ts';
import { callerError } from '../domain/errors.ts';
import type { RowPriors } from '../ranking/page/row-bandit.ts';

const PARTS = ['rates', 'survey', 'country', 'device', 'hour'] as const satisfies (keyof RowPriors)[];

export const rowPriorColumns = (priors: RowPriors): Columns => {
  const lists = PARTS.map((part) => priors[part]);
  const offsets = new Uint32Array(lists.length + 1);
  lists.forEach((list, i) => {
    offsets[i + 1] = offsets[i] + list.length;
  });
  const values = new Float64Array(offsets[lists.length]);
  lists.forEach((list, i) => {
    values.set(list, offsets[i]);
  });
  return { part: PARTS, values: { kind: 'number-lists', offsets, values } };
};

/** @throws MarqueeError (caller) when a part is missing */
export const readRowPriors = (table: ArrowTable): RowPriors => {
  const parts = columnOf(table, 'part', 'strings').values;
  const { offsets, values } = columnOf(table, 'values', 'number-lists');
  const of = (part: keyof RowPriors): Float64Array => {
    const at = parts.indexOf(part);
    if (at < 0)
      throw callerError('models-row-priors', `${table.file}: has ${parts.join(', ')}, expected ${part}`);
    return values.subarray(offsets[at], offsets[at + 1]) as Float64Array;
  };
  return {
    rates: of('rates'),
    survey: of('survey'),
    country: of('country'),
    device: of('device'),
    hour: of('hour'),
  };
};
