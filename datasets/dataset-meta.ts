import { join } from 'node:path';
import { MANIFEST_NAME, type Manifest } from '../src/artifacts/manifest.ts';
import { callerError } from '../src/domain/errors.ts';
import type { Vocabulary } from '../src/domain/tables.ts';

/** Where the rows come from, such as `{ kind: 'simulated', seed: 42 }`. Anything that JSON can hold. */
export interface DatasetSource {
  readonly kind: string;
  readonly [key: string]: unknown;
}

/** What a dataset's manifest keeps beside the checksums. */
export interface DatasetMeta {
  readonly name: string;
  readonly source: DatasetSource;
  readonly vocabulary: Vocabulary;
  /** The list of the impressions' policy codes; empty where there are none. */
  readonly policies: readonly string[];
}

/** The manifest's meta. @throws MarqueeError (caller) naming the field that is not as it should be */
export const datasetMetaOf = (dir: string, manifest: Manifest): DatasetMeta => {
  const problem = metaProblem(manifest.meta);
  if (problem !== undefined) throw callerError('manifest-meta', `${join(dir, MANIFEST_NAME)}: ${problem}`);
  return manifest.meta as unknown as DatasetMeta;
};

/** Which field is not as it should be, in words, or undefined. */
export const metaProblem = (meta: Record<string, unknown>): string | undefined => {
  const { name, source, vocabulary, policies } = meta;
  if (typeof name !== 'string') return problemOf('name', name, 'text');
  if (!isRecord(source) || typeof source['kind'] !== 'string')
    return problemOf('source', source, 'an object with a kind');
  if (!isList(policies)) return problemOf('policies', policies, 'a list of at most 256 texts');
  if (!isRecord(vocabulary)) return problemOf('vocabulary', vocabulary, 'an object of lists');
  for (const list of VOCABULARY_LISTS) {
    const entries = vocabulary[list];
    if (isList(entries) && entries[0] === 'unknown') continue;
    return problemOf(
      `vocabulary.${list}`,
      entries,
      "a list of at most 256 texts, the first of them 'unknown'",
    );
  }
  return undefined;
};

const problemOf = (field: string, got: unknown, expected: string): string =>
  `meta.${field} is ${got === undefined ? 'missing' : JSON.stringify(got).slice(0, 80)}, expected ${expected}`;

const VOCABULARY_LISTS: readonly (keyof Vocabulary)[] = [
  'kinds',
  'genres',
  'languages',
  'countries',
  'devices',
  'campaigns',
];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= 256 && value.every((entry) => typeof entry === 'string');
