import { createHash, webcrypto } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { callerError, dependencyError, type MarqueeError } from '../domain/errors.ts';

/** Node reads and writes at most 2 GiB in one call. */
const SLICE_BYTES = 2 ** 30;

/** Lower-case hex. */
export const sha256Of = (bytes: Uint8Array): string => {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) hash.update(bytes.subarray(at, at + SLICE_BYTES));
  return hash.digest('hex');
};

/** As `sha256Of`, on a thread of Node's pool, so that several files are hashed at a time. */
export const sha256Aside = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
  if (bytes.length > SLICE_BYTES) return sha256Of(bytes);
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
};

/**
 * The file's bytes, in a buffer of their own so that typed arrays may view them.
 * `expected` says in a few words what should have been there.
 * @throws MarqueeError (caller) when it cannot be read
 */
export const readFileBytes = (path: string, expected: string): Uint8Array<ArrayBuffer> => {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const bytes = new Uint8Array(fstatSync(fd).size);
    let at = 0;
    while (at < bytes.length) {
      const read = readSync(fd, bytes, at, Math.min(SLICE_BYTES, bytes.length - at), at);
      if (read === 0) return bytes.subarray(0, at);
      at += read;
    }
    return bytes;
  } catch (thrown) {
    throw unreadable(path, expected, thrown);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
};

/** As `readFileBytes`, while the thread does something else. */
export const readFileAside = async (path: string, expected: string): Promise<Uint8Array<ArrayBuffer>> => {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const bytes = new Uint8Array((await file.stat()).size);
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await file.read(bytes, at, Math.min(SLICE_BYTES, bytes.length - at), at);
      if (bytesRead === 0) return bytes.slice(0, at);
      at += bytesRead;
    }
    return bytes;
  } catch (thrown) {
    throw unreadable(path, expected, thrown);
  } finally {
    await file?.close();
  }
};

/**
 * Writes a new file and waits until the disk holds it.
 * @throws MarqueeError (dependency) when the disk refuses, or the file is there already
 */
export const writeFileDurably = (path: string, bytes: Uint8Array): void => {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'wx');
    let at = 0;
    while (at < bytes.length) at += writeSync(fd, bytes, at, Math.min(SLICE_BYTES, bytes.length - at));
    fsyncSync(fd);
  } catch (thrown) {
    throw dependencyError('write-failed', `${path}: cannot be written (${codeOf(thrown)})`, {
      cause: thrown,
    });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
};

/** Waits until the disk holds the folder's entries. Windows has no such call, and needs none. */
export const syncDirectory = (dir: string): void => {
  if (process.platform !== 'win32') syncPath(dir);
};

/** Waits until the disk holds every file and folder under `dir`, and `dir` itself. */
export const syncTree = (dir: string): void => {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else if (entry.isFile()) syncPath(path);
  }
  syncDirectory(dir);
};

const syncPath = (path: string): void => {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
};

/** What came instead of a file or folder that cannot be read, as one line. */
export const unreadable = (path: string, expected: string, thrown: unknown): MarqueeError => {
  const code = codeOf(thrown);
  const got =
    code === 'ENOENT' ? 'not found' : code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`;
  return callerError('file-unreadable', `${path}: ${got}, expected ${expected}`, { cause: thrown });
};

/** The operating system's code, such as ENOENT, or what stands for it. */
export const codeOf = (thrown: unknown): string => {
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  return typeof code === 'string' ? code : String(thrown).replace(/\s+/g, ' ');
};

/** Writes the text aside and renames it into place, so that a reader never sees half of it. */
export const writeText = (file: string, text: string): void => {
  const aside = join(dirname(resolve(file)), `.${basename(file)}.${process.pid}.partial`);
  try {
    rmSync(aside, { force: true }); // of a killed process that had the same number
    writeFileDurably(aside, Buffer.from(text));
    renameSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
};

/** As `writeText`, the value as JSON for eyes. */
export const writeJson = (file: string, value: unknown): void =>
  writeText(file, `${JSON.stringify(value, undefined, 2)}\n`);
