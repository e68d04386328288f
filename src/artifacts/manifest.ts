import { statSync } from 'node:fs';
import { join } from 'node:path';
import { callerError, type MarqueeError } from '../domain/errors.ts';
import {
  codeOf,
  readFileAside,
  readFileBytes,
  sha256Aside,
  sha256Of,
  writeFileDurably,
} from './durable-files.ts';

export const MANIFEST_NAME = 'manifest.json';
export const FORMAT_VERSION = 1;

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export interface ManifestFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
}

export interface Manifest {
  readonly formatVersion: number;
  /** What the folder holds, such as `dataset` or `two-tower`. */
  readonly kind: string;
  /** Whatever the writer wants to know again: seed, generator's version, vocabularies. */
  readonly meta: { readonly [key: string]: JsonValue };
  readonly files: readonly ManifestFile[];
}

/** A name that stays inside its folder on every system. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Writes the manifest, sealed by a checksum of its own: meta and the files' checksums are as worth trusting
 * as the files. The files must be on disk already.
 */
export const writeManifest = (dir: string, manifest: Omit<Manifest, 'formatVersion'>): Manifest => {
  const { kind, meta, files } = manifest;
  for (const { name } of files) {
    if (!FILE_NAME.test(name)) throw new RangeError(`file name '${name}': expected letters, digits, . _ -`);
  }
  const body: Manifest = { formatVersion: FORMAT_VERSION, kind, meta, files };
  const text = `${JSON.stringify({ ...body, sha256: sealOf(body) }, null, 2)}\n`;
  writeFileDurably(join(dir, MANIFEST_NAME), Buffer.from(text));
  return body;
};

/**
 * The manifest of a folder of that kind.
 * @throws MarqueeError (caller) when the folder or the manifest is missing, the manifest is not JSON, lacks a
 *   field, was altered, or is of another kind or format version
 */
export const openManifest = (dir: string, kind: string): Manifest => {
  const expected = `a marquee ${kind}`;
  let isDirectory: boolean;
  try {
    isDirectory = statSync(dir).isDirectory();
  } catch (thrown) {
    const got = codeOf(thrown) === 'ENOENT' ? 'no such folder' : `cannot be opened (${codeOf(thrown)})`;
    throw callerError('folder-missing', `${dir}: ${got}, expected ${expected}`, { cause: thrown });
  }
  if (!isDirectory)
    throw callerError('folder-missing', `${dir}: is a file, expected the folder of ${expected}`);

  const path = join(dir, MANIFEST_NAME);
  const parsed = parseManifest(path, `the manifest of ${expected}`);
  if (parsed['formatVersion'] !== FORMAT_VERSION) {
    const got = shown(parsed['formatVersion']);
    throw manifestError(path, 'version', `format version ${got}, expected ${FORMAT_VERSION}`);
  }
  if (parsed['kind'] !== kind)
    throw manifestError(path, 'kind', `kind ${shown(parsed['kind'])}, expected "${kind}"`);
  const problem = shapeProblem(parsed);
  if (problem !== undefined) throw manifestError(path, 'shape', problem);

  const { sha256, ...body } = parsed;
  const seal = sealOf(body);
  if (sha256 !== seal) {
    throw manifestError(
      path,
      'checksum',
      `the checksum of its content is ${seal}, expected ${shown(sha256)}`,
    );
  }
  return body as unknown as Manifest;
};

/**
 * The bytes of one file, after its size and SHA-256 were found to be those of the manifest.
 * @throws MarqueeError (caller) when the file is missing, cut short or altered, or the manifest does not name it
 */
export const readVerified = (dir: string, manifest: Manifest, name: string): Uint8Array => {
  const { path, entry, expected } = namedFile(dir, manifest, name);
  const bytes = expectSize(path, readFileBytes(path, expected), entry);
  expectChecksum(path, sha256Of(bytes), entry);
  return bytes;
};

/** As `readVerified`, but the thread is free meanwhile, and other files may be read and hashed at the same time. */
export const readVerifiedAside = async (
  dir: string,
  manifest: Manifest,
  name: string,
): Promise<Uint8Array> => {
  const { path, entry, expected } = namedFile(dir, manifest, name);
  const bytes = expectSize(path, await readFileAside(path, expected), entry);
  expectChecksum(path, await sha256Aside(bytes), entry);
  return bytes;
};

const namedFile = (dir: string, manifest: Manifest, name: string) => {
  const path = join(dir, name);
  const entry = manifest.files.find((file) => file.name === name);
  if (entry === undefined) {
    const found = manifest.files.map((file) => file.name).join(', ');
    throw callerError(
      'file-missing',
      `${path}: not named in ${MANIFEST_NAME}, which names ${found || 'no file'}`,
    );
  }
  return { path, entry, expected: `${entry.bytes} bytes as ${MANIFEST_NAME} says` };
};

const expectSize = <B extends Uint8Array>(path: string, bytes: B, entry: ManifestFile): B => {
  if (bytes.length !== entry.bytes) throw sizeError(path, bytes.length, entry);
  return bytes;
};

const expectChecksum = (path: string, sha256: string, entry: ManifestFile): void => {
  if (sha256 === entry.sha256) return;
  throw callerError('file-checksum', `${path}: SHA-256 is ${sha256}, expected ${entry.sha256}`);
};

/** The kind that a folder's manifest gives, or undefined where the folder has no manifest that can be read. */
export const kindOf = (dir: string): string | undefined => recognised(dir)?.kind;

/** The names that a marquee folder's manifest gives, its own included; undefined for any other folder. */
export const namesOf = (dir: string): readonly string[] | undefined => recognised(dir)?.names;

const recognised = (dir: string): { kind: string; names: readonly string[] } | undefined => {
  let parsed: Record<string, unknown>;
  try {
    parsed = parseManifest(join(dir, MANIFEST_NAME), 'a manifest');
  } catch {
    return undefined; // whatever this folder is, it is not ours
  }
  if (shapeProblem(parsed) !== undefined) return undefined;
  const { kind, files } = parsed as unknown as Manifest;
  return { kind, names: [MANIFEST_NAME, ...files.map((file) => file.name)] };
};

const parseManifest = (path: string, expected: string): Record<string, unknown> => {
  const bytes = readFileBytes(path, expected);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (thrown) {
    throw callerError('manifest-json', `${path}: not JSON, expected ${expected}`, { cause: thrown });
  }
  if (!isObject(parsed)) throw manifestError(path, 'shape', `${shown(parsed)}, expected ${expected}`);
  return parsed;
};

/** What is wrong with the shape, in words, or undefined. */
const shapeProblem = (parsed: Record<string, unknown>): string | undefined => {
  const { kind, meta, files } = parsed;
  if (typeof kind !== 'string') return `kind ${shown(kind)}, expected text`;
  if (!isObject(meta)) return `meta ${shown(meta)}, expected an object`;
  if (!Array.isArray(files)) return `files ${shown(files)}, expected a list`;
  for (const [i, file] of files.entries()) {
    if (!isObject(file)) return `files[${i}] ${shown(file)}, expected an object`;
    const { name, sha256, bytes, rows } = file;
    if (typeof name !== 'string' || !FILE_NAME.test(name))
      return `files[${i}].name ${shown(name)}, expected a file name`;
    if (typeof sha256 !== 'string') return `files[${i}].sha256 ${shown(sha256)}, expected text`;
    if (!isCount(bytes)) return `files[${i}].bytes ${shown(bytes)}, expected a whole number`;
    if (!isCount(rows)) return `files[${i}].rows ${shown(rows)}, expected a whole number`;
  }
  return undefined;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const sealOf = (body: unknown): string => sha256Of(Buffer.from(JSON.stringify(body)));

const shown = (value: unknown): string =>
  value === undefined ? 'missing' : JSON.stringify(value).slice(0, 80);

const manifestError = (path: string, code: string, problem: string): MarqueeError =>
  callerError(`manifest-${code}`, `${path}: ${problem}`);

const sizeError = (path: string, got: number, entry: ManifestFile): MarqueeError =>
  callerError(
    'file-size',
    `${path}: ${got} bytes, expected ${entry.bytes}${got < entry.bytes ? ' (the file is cut short)' : ''}`,
  );
