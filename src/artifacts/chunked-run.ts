/**
 * Long work cut into chunks that survive a kill: each chunk is written aside and renamed, then named in a list of
 * what is done with its checksum. A run that begins again finds what is done, and does the rest. A chunk that was
 * written but not yet named is done again and gives the same bytes, so nothing is lost and nothing counts twice.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readFileBytes, sha256Of, syncDirectory, writeFileDurably, writeJson } from './durable-files.ts';

const DONE_NAME = 'done.json';

interface DoneList {
  /** Of what is being worked out: another identity, another run. */
  readonly identity: string;
  readonly chunks: number;
  /** SHA-256 by chunk. */
  readonly done: Readonly<Record<string, string>>;
}

export interface ChunkedRun {
  /** Chunks that are still to be done, ascending. */
  readonly missing: readonly number[];
  /** Names a chunk as done; `sha256` is what `writeChunk` returned. */
  markDone(chunk: number, sha256: string): void;
  /** The bytes of a chunk that is done. @throws MarqueeError (caller) when it cannot be read */
  read(chunk: number): Uint8Array<ArrayBuffer>;
  /** Removes the folder with all that is in it. */
  discard(): void;
}

/**
 * The run in this folder, which is made where it is missing. What another identity, or another number of chunks, left
 * behind is removed; so is a chunk whose bytes are not what its checksum says. One process at a time.
 */
export const openChunkedRun = (dir: string, identity: string, chunks: number): ChunkedRun => {
  mkdirSync(dir, { recursive: true });
  const found = readDone(dir);
  const isSame = found !== undefined && found.identity === identity && found.chunks === chunks;
  const done: Record<string, string> = {};
  for (const [chunk, sha256] of Object.entries(isSame ? found.done : {})) {
    const file = fileOf(dir, Number(chunk));
    if (existsSync(file) && sha256Of(readFileBytes(file, 'a chunk')) === sha256) done[chunk] = sha256;
  }
  const kept = new Set([DONE_NAME, ...Object.keys(done).map((chunk) => nameOf(Number(chunk)))]);
  for (const name of readdirSync(dir)) if (!kept.has(name)) rmSync(join(dir, name), { recursive: true });
  const save = (): void => writeJson(join(dir, DONE_NAME), { identity, chunks, done } satisfies DoneList);
  save();
  return {
    missing: Array.from({ length: chunks }, (_, chunk) => chunk).filter((chunk) => !(chunk in done)),
    markDone(chunk, sha256) {
      done[chunk] = sha256;
      save();
    },
    read: (chunk) => readFileBytes(fileOf(dir, chunk), `chunk ${chunk}`),
    discard: () => rmSync(dir, { recursive: true, force: true }),
  };
};

/** Writes a chunk's bytes durably into the run's folder, whole or not at all, and returns their SHA-256. */
export const writeChunk = (dir: string, chunk: number, bytes: Uint8Array): string => {
  const file = fileOf(dir, chunk);
  const aside = `${file}.partial`;
  rmSync(aside, { force: true }); // of a process that was killed here
  writeFileDurably(aside, bytes);
  renameSync(aside, file);
  syncDirectory(dir);
  return sha256Of(bytes);
};

const nameOf = (chunk: number): string => `chunk-${String(chunk).padStart(6, '0')}.bin`;
const fileOf = (dir: string, chunk: number): string => join(dir, nameOf(chunk));

/** What is said to be done, or undefined where nothing is: a list that cannot be read counts for none. */
const readDone = (dir: string): DoneList | undefined => {
  const file = join(dir, DONE_NAME);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DoneList;
  } catch {
    return undefined; // not ours, or damaged: all is done anew
  }
};
