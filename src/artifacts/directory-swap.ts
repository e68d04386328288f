import {
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { callerError } from '../domain/errors.ts';
import { codeOf, syncDirectory, syncTree } from './durable-files.ts';
import { kindOf, namesOf } from './manifest.ts';

export interface SwapOptions {
  /** A marquee folder of this kind that stands in the place already is replaced whole. */
  readonly replace?: string;
}

/**
 * What `write` returns, once the folder that it filled stands at `target`, on disk, whole. `write` gets an empty
 * folder aside, in the same parent; when it throws, nothing of it is left and `target` is what it was before.
 * What a killed run left aside is cleared by the next run for the same target. One writer at a time for a target:
 * the parent's folder must not be shared with writers on another machine.
 * @throws MarqueeError (caller) when `target` cannot be written, or holds what is not ours to replace
 */
export const writeDirectoryAtomically = async <T>(
  target: string,
  write: (dir: string) => T | Promise<T>,
  options: SwapOptions = {},
): Promise<T> => {
  const destination = existsSync(target) ? realpathSync(target) : resolve(target);
  const parent = dirname(destination);
  const firstMade = makeParent(parent, target);
  let aside: string | undefined;
  try {
    clearLeftovers(parent, basename(destination));
    expectReplaceable(target, options);
    aside = newAside(destination, 'partial');
    mkdirAside(aside, target);
    const result = await write(aside);
    syncTree(aside);
    expectReplaceable(target, options); // somebody may have come in the meantime
    swap(aside, destination, target);
    return result;
  } catch (thrown) {
    if (aside !== undefined) rmSync(aside, { recursive: true, force: true });
    if (firstMade !== undefined) removeEmpty(parent, firstMade);
    throw thrown;
  } finally {
    if (aside !== undefined) inUse.delete(aside);
  }
};

/** Names aside that this process is writing: all others with its process id are leftovers of an earlier one. */
const inUse = new Set<string>();
let sequence = 0;

/** A hidden name beside `destination` that tells whose it is. */
export const newAside = (destination: string, role: 'partial' | 'replaced'): string => {
  const name = `.${basename(destination)}.${role}-${process.pid}-${sequence++}`;
  const aside = join(dirname(destination), name);
  inUse.add(aside);
  return aside;
};

export const releaseAside = (aside: string): void => {
  inUse.delete(aside);
};

/** Removes what killed runs left beside `parent/name`, and puts back a folder that one had just moved away. */
export const clearLeftovers = (parent: string, name: string): void => {
  for (const entry of readdirSync(parent)) {
    if (!entry.startsWith(`.${name}.`)) continue;
    const match = /^(partial|replaced)-(\d+)-\d+$/.exec(entry.slice(name.length + 2));
    const path = join(parent, entry);
    if (match === null || inUse.has(path) || isOthers(Number(match[2]))) continue;
    if (match[1] === 'replaced' && !existsSync(join(parent, name))) renameSync(path, join(parent, name));
    else rmSync(path, { recursive: true, force: true });
  }
};

const isOthers = (pid: number): boolean => {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0); // signal 0 only asks whether the process lives
    return true;
  } catch (thrown) {
    return codeOf(thrown) === 'EPERM';
  }
};

/**
 * Returns when `writeDirectoryAtomically` would accept the target as it stands.
 * @throws MarqueeError (caller) when it is a file, or holds what is not ours to replace
 */
export const expectReplaceable = (target: string, { replace }: SwapOptions = {}): void => {
  if (!existsSync(target)) return;
  if (!statSync(target).isDirectory()) {
    throw callerError('output-exists', `${target}: is a file, expected a new or empty folder`);
  }
  const entries = readdirSync(target);
  if (entries.length === 0) return;
  const expected = replace === undefined ? '' : `, or a marquee ${replace} to replace`;
  if (replace === undefined || kindOf(target) !== replace) {
    throw callerError(
      'output-exists',
      `${target}: is not empty (holds ${entries[0]}), expected a new or empty folder${expected}`,
    );
  }
  const ours = namesOf(target) ?? [];
  const foreign = entries.find((entry) => !ours.includes(entry));
  if (foreign !== undefined) {
    throw callerError(
      'output-exists',
      `${target}: holds ${foreign}, which its manifest does not name; move it away`,
    );
  }
};

const swap = (aside: string, destination: string, target: string): void => {
  let replaced: string | undefined;
  try {
    if (existsSync(destination)) {
      const old = newAside(destination, 'replaced');
      renameSync(destination, old);
      replaced = old;
    }
    renameSync(aside, destination);
  } catch (thrown) {
    if (replaced !== undefined) renameSync(replaced, destination);
    throw unwritable(target, thrown);
  } finally {
    if (replaced !== undefined) inUse.delete(replaced);
  }
  syncDirectory(dirname(destination));
  if (replaced !== undefined) rmSync(replaced, { recursive: true, force: true });
};

/** The first folder that had to be made, or undefined. */
const makeParent = (parent: string, target: string): string | undefined => {
  try {
    return mkdirSync(parent, { recursive: true });
  } catch (thrown) {
    throw unwritable(target, thrown);
  }
};

const mkdirAside = (aside: string, target: string): void => {
  try {
    mkdirSync(aside);
  } catch (thrown) {
    throw unwritable(target, thrown);
  }
};

/** Takes back the folders that `makeParent` made, from the innermost out, as far as they are empty. */
const removeEmpty = (innermost: string, outermost: string): void => {
  let dir = innermost;
  while (dir.length >= outermost.length && readdirSync(dir).length === 0) {
    rmdirSync(dir);
    dir = dirname(dir);
  }
};

const unwritable = (target: string, thrown: unknown) =>
  callerError(
    'output-unwritable',
    `${target}: cannot be written (${codeOf(thrown)}), expected a place for a folder`,
    {
      cause: thrown,
    },
  );
