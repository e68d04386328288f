import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { callerError, dependencyError } from '../domain/errors.ts';
import { decodeArrow, encodeArrow } from './arrow-file.ts';
import type { ArrowTable, Columns } from './columns.ts';
import { readFileBytes, sha256Of, syncDirectory, writeFileDurably } from './durable-files.ts';
import {
  type Manifest,
  type ManifestFile,
  readVerified,
  readVerifiedAside,
  writeManifest,
} from './manifest.ts';

export interface ArtifactContent {
  readonly kind: string;
  readonly meta: Manifest['meta'];
  /** By name without the `.arrow`. */
  readonly tables: Readonly<Record<string, Columns>>;
}

/**
 * Writes each table to `dir/NAME.arrow`, reads it back, and only then writes the manifest that vouches for it.
 * To be called inside `writeDirectoryAtomically` or `publishVersion`, which make the folder appear whole.
 * @throws MarqueeError (dependency) when the disk refuses, or gives back other bytes than it was given;
 *   RangeError when a column cannot be written
 */
export const writeArtifact = (dir: string, { kind, meta, tables }: ArtifactContent): Manifest => {
  mkdirSync(dir, { recursive: true });
  const files = Object.entries(tables).map(([name, columns]) => writeTable(dir, `${name}.arrow`, columns));
  const manifest = writeManifest(dir, { kind, meta, files });
  syncDirectory(dir);
  return manifest;
};

/**
 * The table `dir/NAME.arrow`, whose bytes were verified before they were parsed.
 * @throws MarqueeError (caller) as `readVerified` and `decodeArrow` do, or when the rows are not as many as said
 */
export const readTable = (dir: string, manifest: Manifest, name: string): ArrowTable =>
  parseTable(join(dir, fileOf(name)), manifest, readVerified(dir, manifest, fileOf(name)));

/**
 * Verifies the bytes of every named table, several at a time, and gives what parses one, anew on each call.
 * @throws MarqueeError (caller) as `readVerified` does; the call as `readTable`, also for a table that was not named
 */
export const openTables = async (
  dir: string,
  manifest: Manifest,
  names: readonly string[],
): Promise<(name: string) => ArrowTable> => {
  const verified = new Map(
    await Promise.all(
      names.map(async (name) => [name, await readVerifiedAside(dir, manifest, fileOf(name))] as const),
    ),
  );
  return (name) => {
    const bytes = verified.get(name) ?? readVerified(dir, manifest, fileOf(name));
    return parseTable(join(dir, fileOf(name)), manifest, bytes);
  };
};

/** The names of the tables that the manifest vouches for. */
export const tableNames = (manifest: Manifest): string[] =>
  manifest.files.filter(({ name }) => name.endsWith(SUFFIX)).map(({ name }) => name.slice(0, -SUFFIX.length));

const SUFFIX = '.arrow';

const fileOf = (name: string): string => `${name}${SUFFIX}`;

const parseTable = (path: string, manifest: Manifest, bytes: Uint8Array): ArrowTable => {
  const table = decodeArrow(bytes, path);
  const rows = manifest.files.find(({ name }) => name === basename(path))?.rows;
  if (table.rows !== rows) {
    throw callerError(
      'table-rows',
      `${table.file}: ${table.rows} rows, expected ${rows} as the manifest says`,
    );
  }
  return table;
};

/** Whether the manifest vouches for a table of that name. */
export const hasTable = (manifest: Manifest, name: string): boolean =>
  manifest.files.some((file) => file.name === fileOf(name));

const writeTable = (dir: string, name: string, columns: Columns): ManifestFile => {
  const path = join(dir, name);
  const bytes = encodeArrow(columns);
  const sha256 = sha256Of(bytes);
  writeFileDurably(path, bytes);

  const readBack = readFileBytes(path, 'the file just written');
  if (readBack.length !== bytes.length || sha256Of(readBack) !== sha256) {
    throw dependencyError(
      'write-failed',
      `${path}: reads back other than it was written; the disk may be failing`,
    );
  }
  const table = decodeArrow(readBack, path);
  const [got, expected] = [[...table.columns.keys()].join(), Object.keys(columns).join()];
  if (got !== expected) throw new RangeError(`${path}: columns ${got} read back, expected ${expected}`);
  return { name, sha256, bytes: bytes.length, rows: table.rows };
};
