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

export interface CsvReading {
  /** What the file should be, for messages. */
  readonly expected: string;
  /** The error of a row that is no CSV. */
  readonly failure: (line: number, problem: string) => MarqueeError;
}

/**
 * Goes through the records of a CSV file (RFC 4180: quotes, CRLF) in UTF-8, the header being the first, and returns
 * how many there were.
 * @throws MarqueeError (caller) when the file cannot be read or its quotes are unbalanced
 */
export const readCsvRecords = async (
  path: string,
  { expected, failure }: CsvReading,
  onRecord: (fields: readonly string[], line: number) => void,
): Promise<number> => {
  let records = 0;
  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n'], // both, for a file edited on two systems
    skip_empty_lines: true,
    relax_column_count: true, // too few columns is the caller's to say, with the line
    on_record: (fields: string[], { lines }) => {
      records++;
      onRecord(fields, lines);
      return null;
    },
  });
  parser.resume();
  try {
    await pipeline(createReadStream(path), parser);
  } catch (thrown) {
    if (thrown instanceof MarqueeError) throw thrown;
    if (thrown instanceof CsvError)
      throw failure(Number(thrown['lines']), thrown.message.replace(/\s+/g, ' '));
    throw unreadable(path, expected, thrown);
  }
  return records;
};

/**
 * Goes through the rows of a CSV file after its header: the values of the named columns, wherever they stand, others
 * being passed over.
 * @throws MarqueeError (caller) when the file is missing or empty, lacks a column, has a short row, or its quotes are
 *   unbalanced
 */
export const readCsvColumns = async (
  path: string,
  columns: readonly string[],
  onRow: (values: readonly string[], line: number) => void,
): Promise<void> => {
  let places: number[] | undefined;
  const expected = `a CSV file with columns ${columns.join(', ')}`;
  const failure = (line: number, problem: string): MarqueeError =>
    callerError('csv-value', `${path}:${line}: ${problem}, expected ${expected}`);
  const records = await readCsvRecords(path, { expected, failure }, (fields, line) => {
    if (places === undefined) {
      places = placesOf(path, fields, columns);
      return;
    }
    onRow(
      places.map((place, c) => {
        if (place < fields.length) return fields[place];
        throw csvError({ path, line, column: columns[c] }, '', `${place + 1} columns or more`);
      }),
      line,
    );
  });
  if (records <= 1) throw callerError('csv-empty', `${path}: holds no rows, expected ${expected}`);
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
