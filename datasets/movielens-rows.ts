import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { codeOf, unreadable } from '../src/artifacts/durable-files.ts';
import { callerError, MarqueeError } from '../src/domain/errors.ts';
import { readCsvRecords } from './csv-columns.ts';

/** Called for each row with its line, from 1. */
export type OnRow = (fields: readonly string[], line: number) => void;

/** An error that names the file and the line. */
export const rowError = (path: string, line: number, problem: string): MarqueeError =>
  callerError('movielens-row', `${path}:${line}: ${problem}`);

/**
 * Goes through the rows of a CSV file (RFC 4180: quotes, CRLF) in UTF-8, after the header.
 * @throws MarqueeError (caller) when the file is missing or empty, the header is another, or quotes are unbalanced
 */
export const readCsv = async (path: string, header: readonly string[], onRow: OnRow): Promise<void> => {
  let records = 0;
  const failure = (line: number, problem: string): MarqueeError => rowError(path, line, problem);
  await readCsvRecords(path, { expected: header.join(), failure }, (fields, line) => {
    if (records++ === 0) expectHeader(path, fields, header);
    else onRow(fields, line);
  });
  if (records === 0) throw emptyFile(path, header.join());
};

const expectHeader = (path: string, got: readonly string[], expected: readonly string[]): void => {
  if (expected.every((name, i) => got[i] === name)) return;
  throw rowError(path, 1, `header "${oneLine(got.join()).slice(0, 80)}", expected "${expected.join()}"`);
};

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

interface Delimited {
  readonly delimiter: string;
  /** What a row holds, for messages. */
  readonly columns: string;
}

/**
 * Goes through the rows of a file without a header, however long it is. Read as latin-1: ratings are digits.
 * @throws MarqueeError (caller) when the file is missing or empty
 */
export const readDelimited = async (
  path: string,
  { delimiter, columns }: Delimited,
  onRow: OnRow,
): Promise<void> => {
  const stream = createReadStream(path, 'latin1');
  let line = 0;
  let rows = 0;
  try {
    for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      line++;
      if (text === '') continue;
      rows++;
      onRow(text.split(delimiter), line);
    }
  } catch (thrown) {
    if (thrown instanceof MarqueeError) throw thrown;
    throw unreadable(path, columns, thrown);
  } finally {
    stream.destroy();
  }
  if (rows === 0) throw emptyFile(path, columns);
};

/**
 * As `readDelimited`, for a file that holds names: UTF-8 where the bytes are that (as in ML-10M), else latin-1
 * (as in ML-1M and ML-100K).
 */
export const readDelimitedNames = (path: string, { delimiter, columns }: Delimited, onRow: OnRow): void => {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (thrown) {
    throw unreadable(path, columns, thrown);
  }
  let rows = 0;
  for (const [i, line] of textOf(bytes).split(/\r?\n/).entries()) {
    if (line === '') continue;
    rows++;
    onRow(line.split(delimiter), i + 1);
  }
  if (rows === 0) throw emptyFile(path, columns);
};

const textOf = (bytes: Buffer): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (thrown) {
    if (codeOf(thrown) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw thrown;
    return bytes.toString('latin1');
  }
};

const emptyFile = (path: string, columns: string): MarqueeError =>
  callerError('movielens-empty', `${path}: is empty, expected rows of ${columns}`);
