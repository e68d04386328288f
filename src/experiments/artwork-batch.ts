/** Artworks chosen ahead for many members: in chunks that survive a kill, shared between threads. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type ChunkedRun, openChunkedRun, writeChunk } from '../artifacts/chunked-run.ts';
import { type ArtworkBatch, chunkBytes } from './artwork-chunk.ts';

export interface BatchOptions {
  /** Holds the chunks until the batch is through; what an earlier run of the same batch left there is used. */
  readonly dir: string;
  /** Threads beside this one; 0 does everything here. */
  readonly threads: number;
  readonly onChunk?: (done: number, chunks: number) => void;
}

/** The choices of all members, aligned with `titles`. The folder is gone when they are returned. */
export const runArtworkBatch = async (
  batch: ArtworkBatch,
  { dir, threads, onChunk }: BatchOptions,
): Promise<Uint8Array> => {
  const chunks = Math.ceil(batch.members.length / batch.membersPerChunk);
  const run = openChunkedRun(dir, identityOf(batch), chunks);
  let done = chunks - run.missing.length;
  const finished = (chunk: number, sha256: string): void => {
    run.markDone(chunk, sha256);
    onChunk?.(++done, chunks);
  };
  const wanted = [...run.missing];
  const count = Math.min(threads, wanted.length);
  if (count > 0) await shareChunks(batch, dir, wanted, count, finished);
  for (const chunk of wanted) {
    finished(chunk, writeChunk(dir, chunk, chunkBytes(batch, chunk)));
    await new Promise(setImmediate); // let signals through
  }
  const choices = joined(batch, run, chunks);
  run.discard();
  return choices;
};

const joined = (batch: ArtworkBatch, run: ChunkedRun, chunks: number): Uint8Array => {
  const choices = new Uint8Array(batch.titles.length);
  for (let chunk = 0; chunk < chunks; chunk++) {
    choices.set(run.read(chunk), batch.memberOffsets[chunk * batch.membersPerChunk]);
  }
  return choices;
};

/** The worker as plain JavaScript in one piece: threads start with no loader, be it from sources or from a bundle. */
const workerCode = async (): Promise<string> => {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./artwork-worker.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0].text;
};

/** Has threads take the chunks from `wanted`, which is empty in the end. @throws what a thread throws */
const shareChunks = async (
  batch: ArtworkBatch,
  dir: string,
  wanted: number[],
  count: number,
  finished: (chunk: number, sha256: string) => void,
): Promise<void> => {
  const code = await workerCode();
  const workerData = { batch: inSharedMemory(batch), dir };
  const workers = Array.from({ length: count }, () => new Worker(code, { eval: true, workerData }));
  try {
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            const next = (): void => {
              const chunk = wanted.shift();
              if (chunk === undefined) resolve();
              else worker.postMessage(chunk);
            };
            worker.on('error', reject);
            worker.on('exit', (code) => reject(new Error(`an artwork thread ended with code ${code}`)));
            worker.on('message', ({ chunk, sha256 }: { chunk: number; sha256: string }) => {
              finished(chunk, sha256);
              next();
            });
            next();
          }),
      ),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
};

type FlatNumbers = Float32Array | Float64Array | Uint32Array;

/** The batch with its numbers where all threads see them, so that none is copied for each. */
const inSharedMemory = (batch: ArtworkBatch): ArtworkBatch => {
  const shared = <T extends FlatNumbers>(values: T): T => {
    const memory = new SharedArrayBuffer(values.byteLength);
    const copy = new (values.constructor as new (buffer: SharedArrayBuffer) => T)(memory);
    copy.set(values);
    return copy;
  };
  const { tables, members, moods, memberOffsets, titles, membersPerChunk } = batch;
  return {
    tables: {
      ...tables,
      titleOffsets: shared(tables.titleOffsets),
      rows: shared(tables.rows),
      exploring: shared(tables.exploring),
      kept: shared(tables.kept),
    },
    members: shared(members),
    moods: shared(moods),
    memberOffsets: shared(memberOffsets),
    titles: shared(titles),
    membersPerChunk,
  };
};

/** SHA-256 of everything that the choices follow from. */
const identityOf = ({
  tables,
  members,
  moods,
  memberOffsets,
  titles,
  membersPerChunk,
}: ArtworkBatch): string => {
  const hash = createHash('sha256').update(`${tables.themeSize}/${tables.key}/${membersPerChunk}`);
  const { titleOffsets, rows, exploring } = tables;
  for (const { buffer, byteOffset, byteLength } of [
    titleOffsets,
    rows,
    exploring,
    members,
    moods,
    memberOffsets,
    titles,
  ]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
};
