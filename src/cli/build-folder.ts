/** Folders of `build/` that are made of sources, named after them: no folder is ever older than what it was made of. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const BUILD = join(ROOT, 'build');

/** Folders of earlier sources that stay: a process that runs from one may still have parts of it to load. */
const KEPT = 2;

export interface FolderBuild {
  /** kebab-case: the folder is `build/NAME-HASH`. */
  readonly name: string;
  /** Folders of the root, whose files that `isSource` names are what it is made of; the packages are too. */
  readonly folders: readonly string[];
  readonly isSource: RegExp;
  /** Files that `make` writes elsewhere. Where one is missing, it makes all of it again. */
  readonly besides?: readonly string[];
  /** Fills the empty `folder`, which then becomes `path`. */
  make(folder: string, path: string): Promise<void>;
}

/** The folder for the present sources and packages, made now where it is missing. It appears whole. */
export const buildFolder = async (build: FolderBuild): Promise<string> => {
  const { name, folders, isSource, besides = [] } = build;
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  for (const folder of folders) {
    for (const file of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      if (!isSource.test(file)) continue;
      hash.update(`\0${folder}/${file}\0`).update(readFileSync(join(ROOT, folder, file)));
    }
  }
  const path = join(BUILD, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if ([path, ...besides].every((made) => existsSync(made))) return path;
  mkdirSync(BUILD, { recursive: true });
  const aside = mkdtempSync(join(BUILD, 'aside-'));
  try {
    const folder = join(aside, name); // for only its owner may read the temporary one
    mkdirSync(folder);
    await build.make(folder, path);
    settle(folder, path);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  removeOthers(name, path);
  return path;
};

/** Puts the folder where it belongs, unless another process was first. */
const settle = (folder: string, path: string): void => {
  try {
    renameSync(folder, path);
  } catch (thrown) {
    if (!existsSync(path)) throw thrown;
  }
};

const removeOthers = (name: string, path: string): void => {
  const others = readdirSync(BUILD)
    .filter((other) => other.startsWith(`${name}-`))
    .map((other) => join(BUILD, other))
    .filter((other) => other !== path);
  const ageOf = (other: string): number => -statSync(other).mtimeMs;
  others.sort((a, b) => ageOf(a) - ageOf(b));
  for (const other of others.slice(KEPT)) rmSync(other, { recursive: true, force: true });
};
