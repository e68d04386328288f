/** Results of benches as files give them: anybody's, so that nothing of them is believed before it is seen. */
import { readFileSync } from 'node:fs';
import { callerError, type MarqueeError } from '../domain/errors.ts';
import { type BenchResult, SERIES_KINDS } from '../domain/measurement.ts';

/** What `bench SUITE --json FILE` writes is far below this; a longer file is something else. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * The result in a file, every field of it seen to be what it should be.
 * @throws MarqueeError (caller) on a file that is missing, is no JSON or has a field that is not as expected
 */
export const readResult = (file: string): BenchResult => {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    const got = code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`;
    throw callerError('report.no-file', `${file}: ${got}, expected ${WHOLE}`, { cause: thrown });
  }
  if (bytes.length > MOST_BYTES) {
    throw callerError(
      'report.too-long',
      `${file}: got ${bytes.length} bytes, expected at most ${MOST_BYTES}`,
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (thrown) {
    const where = thrown instanceof Error ? thrown.message : String(thrown);
    throw callerError('report.not-json', `${file}: not JSON (${where}), expected ${WHOLE}`, {
      cause: thrown,
    });
  }
  return resultIn(file, parsed);
};

const WHOLE = 'the result of a suite, as `bench SUITE --json FILE` writes it';

type Check = (value: unknown, field: string) => void;

/** @throws MarqueeError (caller) that names the first field which is not as expected */
export const resultIn = (file: string, parsed: unknown): BenchResult => {
  const refused = (field: string, got: unknown, expected: string): MarqueeError =>
    callerError('report.bad-field', `${file}: ${field}: got ${shown(got)}, expected ${expected}`);
  const where =
    (expected: string, holds: (value: unknown) => boolean): Check =>
    (value, field) => {
      if (!holds(value)) throw refused(field, value, expected);
    };
  const text = where('text', (value) => typeof value === 'string');
  const number = where('a finite number', Number.isFinite);
  const count = where('a whole number from 0', (value) => Number.isSafeInteger(value) && Number(value) >= 0);
  const yesNo = where('true or false', (value) => typeof value === 'boolean');
  const oneOf = (words: readonly string[]): Check =>
    where(`one of ${words.join(', ')}`, (value) => words.includes(String(value)));
  const list =
    (each: Check, length?: number): Check =>
    (value, field) => {
      const long = length === undefined ? '' : ` of ${length}`;
      if (!Array.isArray(value) || (length !== undefined && value.length !== length))
        throw refused(field, value, `a list${long}`);
      value.forEach((item, i) => {
        each(item, `${field}[${i}]`);
      });
    };
  const record =
    (fields: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check =>
    (value, field) => {
      if (!isRecord(value)) throw refused(field, value, 'an object');
      const prefix = field === '' ? '' : `${field}.`;
      for (const [name, check] of Object.entries(fields)) check(value[name], prefix + name);
      for (const [name, check] of Object.entries(optional))
        if (value[name] !== undefined) check(value[name], prefix + name);
    };
  const points = list(number);
  const sameLength: Check = (value, field) => {
    const series = value as Record<string, readonly unknown[] | undefined>;
    const { length } = series['x'] ?? [];
    for (const name of ['y', 'low', 'high'])
      if (series[name] !== undefined && series[name].length !== length)
        throw refused(`${field}.${name}`, series[name], `${length} numbers, as many as x`);
  };
  const shape = record(
    { kind: oneOf(Object.keys(SERIES_KINDS)), line: text, x: points, y: points },
    { low: points, high: points },
  );
  const series: Check = (value, field) => {
    shape(value, field);
    sameLength(value, field);
  };
  const measurement = record(
    { name: text, value: number, unit: text, n: count },
    {
      ci: list(number, 2),
      baselines: list(record({ name: text, value: number })),
      budget: number,
      sense: oneOf(['at-most', 'at-least']),
      pass: yesNo,
      definition: text,
      protocol: text,
      series: list(series),
    },
  );
  if (!isRecord(parsed))
    throw callerError('report.foreign', `${file}: got ${shown(parsed)}, expected ${WHOLE}`);
  record({
    suite: text,
    commit: text,
    seed: count,
    machine: record({ cpu: text, cores: count, node: text, loadAverage: number }),
    backend: text,
    measurements: list(measurement),
  })(parsed, '');
  return parsed as unknown as BenchResult;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
};
