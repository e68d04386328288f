import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { callerError } from '../domain/errors.ts';
import { clearLeftovers, newAside, releaseAside, writeDirectoryAtomically } from './directory-swap.ts';
import { codeOf, syncDirectory, unreadable, writeFileDurably } from './durable-files.ts';

/** Holds the name of the version that servers should use. */
const POINTER = 'current';
/** What else lies beside versions, so that none may have these names: see `releases.ts`. */
export const SERVED = 'served';
export const REJECTED = 'rejected';
const RESERVED: readonly string[] = [POINTER, SERVED, REJECTED];
const VERSION_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export interface Version {
  readonly name: string;
  readonly dir: string;
}

/**
 * The version `root/name`, written aside by `write` and renamed into place; readers see it whole or not at all.
 * Does not become current by itself. A version never changes: the same name twice is refused.
 * @throws MarqueeError (caller) when the name is taken, is no plain name, or `root` cannot be written
 */
export const publishVersion = async (
  root: string,
  name: string,
  write: (dir: string) => void | Promise<void>,
): Promise<Version> => {
  const dir = versionDir(root, name);
  if (existsSync(dir))
    throw callerError('version-exists', `${dir}: exists already, expected a new version name`);
  await writeDirectoryAtomically(dir, write);
  return { name, dir };
};

/**
 * Makes a published version the current one. The pointer is a small file that is renamed into place, so that
 * readers see the old name or the new one on every file system, also where links are not to be had.
 * @throws MarqueeError (caller) when there is no such version
 */
export const setCurrentVersion = (root: string, name: string): void => {
  const dir = versionDir(root, name);
  if (!isDirectory(dir))
    throw callerError('version-missing', `${dir}: no such folder, expected a published version`);
  const pointer = join(root, POINTER);
  clearLeftovers(root, POINTER);
  const aside = newAside(pointer, 'partial');
  try {
    writeFileDurably(aside, Buffer.from(`${name}\n`));
    renameSync(aside, pointer);
  } catch (thrown) {
    rmSync(aside, { force: true });
    throw thrown;
  } finally {
    releaseAside(aside);
  }
  syncDirectory(dirname(pointer));
};

/**
 * The current version, or undefined where none was ever made current.
 * @throws MarqueeError (caller) when the pointer cannot be read, or names no version
 */
export const currentVersion = (root: string): Version | undefined => {
  const pointer = join(root, POINTER);
  let name: string;
  try {
    name = readFileSync(pointer, 'utf8').trim();
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw unreadable(pointer, 'the name of the current version', thrown);
  }
  const version = findVersion(root, name);
  if (version === undefined) {
    const got = JSON.stringify(name.slice(0, 100));
    throw callerError('version-missing', `${pointer}: names ${got}, expected a version that lies beside it`);
  }
  return version;
};

/** The version of that name, or undefined where none lies there. */
export const findVersion = (root: string, name: string): Version | undefined => {
  const dir = join(root, name);
  const isVersion = VERSION_NAME.test(name) && !RESERVED.includes(name) && isDirectory(dir);
  return isVersion ? { name, dir } : undefined;
};

const versionDir = (root: string, name: string): string => {
  if (!VERSION_NAME.test(name) || RESERVED.includes(name)) {
    const expected = `up to 100 letters, digits, . _ - and none of ${RESERVED.join(', ')}`;
    throw callerError('version-name', `version name ${JSON.stringify(name)}: expected ${expected}`);
  }
  return join(root, name);
};

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
