import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { unreadable } from '../src/artifacts/durable-files.ts';
import { callerError, MarqueeError } from '../src/domain/errors.ts';

/** Where a value stands, for messages. */
export interface CsvPlace {
  readonly path: string;
  readonly line: number; // from 1
  readonly column: string;
}

/** An error that names file, line and column, what came and what was expected. */
export const csvError = ({ path, line, column }: CsvPlace, got: string, expected: string): MarqueeError =>
  callerError(
    'csv-value',
    `${path}:${line}: ${column}: got ${JSON.stringify(got.slice(0, 40))}, expected ${expected}`,
  );

/**
 * Goes through the rows of a CSV file (RFC 4180) in UTF-8: the values of the named columns, wherever in the header
 * they stand, others being passed over.
 * @throws MarqueeError (caller) when the file is missing or empty, lacks a column, has a short row, or its quotes are
 *   unbalanced
 */
export const readCsvColumns = async (
  path: string,
  columns: readonly string[],
  onRow: (values: readonly string[], line: number) => void,
): Promise<void> => {
  let places: number[] | undefined;
  let rows = 0;
  const expected = `a CSV file with columns ${columns.join(', ')}`;
  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
    relax_column_count: true, // too few columns is ours to say, with the line
    on_record: (fields: string[], { lines }) => {
      if (places === undefined) places = placesOf(path, fields, columns);
      else {
        rows++;
        onRow(
          places.map((place, c) => {
            if (place < fields.length) return fields[place];
            throw csvError({ path, line: lines, column: columns[c] }, '', `${place + 1} columns or more`);
          }),
          lines,
        );
      }
      return null;
    },
  });
  parser.resume();
  try {
    await pipeline(createReadStream(path), parser);
  } catch (thrown) {
    if (thrown instanceof MarqueeError) throw thrown;
    if (thrown instanceof CsvError) {
      const problem = thrown.message.replace(/\s+/g, ' ');
      throw callerError('csv-value', `${path}:${Number(thrown['lines'])}: ${problem}, expected ${expected}`);
    }
    throw unreadable(path, expected, thrown);
  }
  if (rows === 0) throw callerError('csv-empty', `${path}: holds no rows, expected ${expected}`);
};

const placesOf = (path: string, header: readonly string[], columns: readonly string[]): number[] =>
  columns.map((column) => {
    const place = header.indexOf(column);
    if (place >= 0) return place;
    throw callerError(
      'csv-header',
      `${path}:1: header lacks column '${column}', expected ${columns.join(', ')}`,
    );
  });

/** A whole number from `least` to `most`. @throws MarqueeError (caller) otherwise */
export const wholeNumber = (
  place: CsvPlace,
  text: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw csvError(place, text, `a whole number ${range}`);
};
