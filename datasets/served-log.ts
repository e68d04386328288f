/**
 * What was served, with the feature values it was served with: one row for each title of a page, a file for each batch.
 * The name of a file ends in the SHA-256 of its bytes, so that each is verified by itself before it is parsed.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decodeArrow, encodeArrow } from '../src/artifacts/arrow-file.ts';
import { type Column, type Columns, columnOf, numbersOf } from '../src/artifacts/columns.ts';
import { codeOf, readFileBytes, sha256Of, unreadable } from '../src/artifacts/durable-files.ts';
import { callerError } from '../src/domain/errors.ts';
import type { FeatureMatrix } from '../src/domain/request.ts';

/** Aligned, [n]; the rows of one request stand together. */
export interface ServedTitles {
  readonly requestId: readonly string[];
  readonly member: readonly string[];
  readonly title: readonly string[];
  readonly modelVersion: readonly string[];
  /** 0-based row of the page, and place in it. */
  readonly row: Uint8Array;
  readonly position: Uint8Array;
  /** EpochMs of the request. */
  readonly time: Float64Array;
  /** Code of the vocabulary's devices. */
  readonly device: Uint8Array;
  /** P(this artwork | this title). */
  readonly artworkPropensity: Float32Array;
  readonly features: FeatureMatrix;
  /** Each head's prediction, and `combined`, by which the titles were ranked. */
  readonly scores: Readonly<Record<string, Float32Array>>;
}

const FEATURE = 'feature.';
const SCORE = 'score.';
const FILE = /^served-.*-([0-9a-f]{64})\.arrow$/;

/** The bytes of one file and the name that they have to have. `label` sorts it among the others: letters, digits, hyphens. */
export const servedFile = (
  label: string,
  served: ServedTitles,
): { readonly name: string; readonly bytes: Uint8Array } => {
  const { features, scores, requestId, member, title, modelVersion, time, ...numbers } = served;
  const width = features.names.length;
  const columns: Columns = {
    requestId: coded(requestId),
    member: coded(member),
    title: coded(title),
    modelVersion: coded(modelVersion),
    time: { kind: 'timestamps', values: time },
    ...numbers,
    ...Object.fromEntries(Object.entries(scores).map(([head, values]) => [`${SCORE}${head}`, values])),
    ...Object.fromEntries(
      features.names.map((name, f) => [
        `${FEATURE}${name}`,
        Float32Array.from({ length: features.rows }, (_, i) => features.values[i * width + f]),
      ]),
    ),
  };
  const bytes = encodeArrow(columns);
  return { name: `served-${label}-${sha256Of(bytes)}.arrow`, bytes };
};

const coded = (values: readonly string[]): Column => {
  const codes = new Map<string, number>();
  for (const value of values) if (!codes.has(value)) codes.set(value, codes.size);
  return {
    kind: 'coded',
    codes: Uint32Array.from(values, (value) => codes.get(value) as number),
    list: [...codes.keys()],
  };
};

/** The log's files, in the order of their names; none where there is no folder. */
export const servedFiles = (folder: string): string[] => {
  try {
    return readdirSync(folder)
      .filter((name) => FILE.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return [];
    throw unreadable(folder, 'the folder of a served log', thrown);
  }
};

/** @throws MarqueeError (caller) naming the file when it was altered, or is none of a served log */
export const readServed = (path: string): ServedTitles => {
  const bytes = readFileBytes(path, 'a file of a served log');
  const expected = FILE.exec(path.slice(path.lastIndexOf('served-')))?.[1];
  const got = sha256Of(bytes);
  if (got !== expected) {
    throw callerError('served-log-altered', `${path}: SHA-256 ${got}, expected ${expected} as its name says`);
  }
  const table = decodeArrow(bytes, path);
  const strings = (name: string): string[] => {
    const { codes, list } = columnOf(table, name, 'coded');
    return Array.from(codes, (code) => list[code]);
  };
  const named = (prefix: string): string[] =>
    [...table.columns.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
  const names = named(FEATURE);
  const values = new Float32Array(table.rows * names.length);
  names.forEach((name, f) => {
    const column = numbersOf(table, `${FEATURE}${name}`, Float32Array);
    for (let i = 0; i < table.rows; i++) values[i * names.length + f] = column[i];
  });
  return {
    ...{ requestId: strings('requestId'), member: strings('member') },
    ...{ title: strings('title'), modelVersion: strings('modelVersion') },
    time: columnOf(table, 'time', 'timestamps').values,
    row: numbersOf(table, 'row', Uint8Array),
    position: numbersOf(table, 'position', Uint8Array),
    device: numbersOf(table, 'device', Uint8Array),
    artworkPropensity: numbersOf(table, 'artworkPropensity', Float32Array),
    features: { names, rows: table.rows, values },
    scores: Object.fromEntries(
      named(SCORE).map((head) => [head, numbersOf(table, `${SCORE}${head}`, Float32Array)]),
    ),
  };
};
