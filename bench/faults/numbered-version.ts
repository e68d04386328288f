/** Versions whose whole content follows from their number, so that a reader can tell half of one from a whole one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTables, tableNames, writeArtifact } from '../../src/artifacts/artifact.ts';
import { numbersOf } from '../../src/artifacts/columns.ts';
import { openManifest } from '../../src/artifacts/manifest.ts';
import { currentVersion, publishVersion, setCurrentVersion } from '../../src/artifacts/publish.ts';
import { recordServed } from '../../src/artifacts/releases.ts';

const KIND = 'numbered';
const TABLES = ['first', 'second', 'third'];
const ROWS = 5_000;

export const nameOf = (number: number): string => `v${number}`;

const writeNumbered = (dir: string, number: number): void => {
  const column = new Float64Array(ROWS).fill(number);
  const tables = Object.fromEntries(TABLES.map((table) => [table, { number: column }]));
  writeArtifact(dir, { kind: KIND, meta: { number }, tables });
};

/** As a training run publishes, and a server that took the version up notes it. */
export const publishNumbered = async (root: string, number: number): Promise<void> => {
  await publishVersion(root, nameOf(number), (dir) => writeNumbered(dir, number));
  setCurrentVersion(root, nameOf(number));
  recordServed(root, nameOf(number));
};

/** As nobody should: where readers look, and named before it is whole. */
export const publishInPlace = async (root: string, number: number): Promise<void> => {
  writeFileSync(join(root, 'current'), nameOf(number));
  writeNumbered(join(root, nameOf(number)), number);
};

/** What a reader finds: the number of the current version. @throws whatever is wrong with it, or not whole */
export const readCurrent = async (root: string): Promise<number> => {
  const version = currentVersion(root);
  if (version === undefined) throw new Error(`${root}: no current version`);
  const manifest = openManifest(version.dir, KIND);
  const { number } = manifest.meta;
  const open = await openTables(version.dir, manifest, tableNames(manifest));
  const values = TABLES.flatMap((table) => [...numbersOf(open(table), 'number', Float64Array)]);
  if (values.length !== TABLES.length * ROWS || values.some((value) => value !== number)) {
    throw new Error(`${version.dir}: holds rows of another version`);
  }
  if (version.name !== nameOf(number as number)) {
    throw new Error(`${version.dir}: holds version ${String(number)}`);
  }
  return number as number;
};
