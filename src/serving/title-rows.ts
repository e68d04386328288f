import { refusal } from './http/refusal.ts';

/** The row of each title, by its id. */
export type TitleRows = ReadonlyMap<string, number>;

/** The row of the title that a request names in `field`. @throws MarqueeError (caller), a 404, where there is no such title */
export const titleRowOf = (titleRows: TitleRows, id: string, field = 'titleId'): number => {
  const row = titleRows.get(id);
  if (row !== undefined) return row;
  const expected = 'the id of a title of the catalogue';
  throw refusal({ field, got: id, expected, code: 'title-unknown', status: 404 });
};
