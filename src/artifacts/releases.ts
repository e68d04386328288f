/**
 * What became of published versions, kept beside them: which ones served everybody, in their order, and which
 * were taken back and why. One that was taken back is not served again by itself.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callerError } from '../domain/errors.ts';
import { codeOf, unreadable, writeJson, writeText } from './durable-files.ts';
import type { JsonValue } from './manifest.ts';
import { currentVersion, findVersion, REJECTED, SERVED, setCurrentVersion, type Version } from './publish.ts';

export interface Rejection {
  readonly version: string;
  readonly at: number;
  /** In words, for whoever asks later. */
  readonly cause: string;
  /** The figures behind it. */
  readonly measured?: JsonValue;
}

const KEPT_NAMES = 50;

/** Names of the versions that served everybody and still lie there, the last one last. */
export const servedVersions = (root: string): string[] =>
  linesOf(join(root, SERVED)).filter((name) => findVersion(root, name) !== undefined);

/** Writes down that the version serves everybody. Nothing changes where it is the last one already. */
export const recordServed = (root: string, name: string): void => {
  const before = linesOf(join(root, SERVED));
  if (before.at(-1) === name) return;
  writeText(join(root, SERVED), `${[...before, name].slice(-KEPT_NAMES).join('\n')}\n`);
};

/** Why the version was taken back, or undefined. */
export const rejectionOf = (root: string, name: string): Rejection | undefined => {
  const file = rejectionFile(root, name);
  if (!existsSync(file)) return undefined;
  const unwell = 'a record of a version that was taken back';
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Rejection;
  } catch (thrown) {
    throw unreadable(file, unwell, thrown);
  }
};

/** Every version that was taken back, in no order. */
export const rejections = (root: string): Rejection[] => {
  const folder = join(root, REJECTED);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && !file.startsWith('.'))
    .flatMap((file) => rejectionOf(root, file.slice(0, -'.json'.length)) ?? []);
};

/**
 * Takes a version back: its cause is written down, where none stands yet, and the pointer goes back to the last
 * version that served everybody, where it names this one.
 */
export const rejectVersion = (root: string, rejection: Rejection): void => {
  const { version } = rejection;
  if (rejectionOf(root, version) === undefined) {
    mkdirSync(join(root, REJECTED), { recursive: true });
    writeJson(rejectionFile(root, version), rejection);
  }
  const good = lastGood(root, version);
  if (good !== undefined && currentVersion(root)?.name === version) setCurrentVersion(root, good);
};

/**
 * As `rejectVersion` of the current one, and gives the name of the version that is current now.
 * @throws MarqueeError (caller) where nothing was published, or no other version served before
 */
export const rollBack = (root: string, at: number, cause: string): { from: string; to: string } => {
  const current = currentVersion(root);
  if (current === undefined) {
    throw callerError('nothing-published', `${root}: nothing was published there, expected a version`);
  }
  const to = lastGood(root, current.name);
  if (to === undefined) {
    throw callerError(
      'nothing-before',
      `${root}: no other version than ${current.name} served before, expected one to go back to`,
    );
  }
  rejectVersion(root, { version: current.name, at, cause });
  return { from: current.name, to };
};

/**
 * The versions that may be served, the one to be preferred first: the current one, then those that served before, the
 * last one first. None that was taken back is among them.
 */
export const servableVersions = (root: string): Version[] => {
  const names = [currentVersion(root)?.name ?? [], ...servedVersions(root).reverse()].flat();
  return [...new Set(names)]
    .filter((name) => rejectionOf(root, name) === undefined)
    .flatMap((name) => findVersion(root, name) ?? []);
};

const lastGood = (root: string, besides: string): string | undefined =>
  servedVersions(root)
    .reverse()
    .find((name) => name !== besides && rejectionOf(root, name) === undefined);

const rejectionFile = (root: string, name: string): string => join(root, REJECTED, `${name}.json`);

const linesOf = (file: string): string[] => {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return [];
    throw unreadable(file, 'names of versions', thrown);
  }
};
