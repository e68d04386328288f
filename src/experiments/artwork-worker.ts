/** A thread that chooses artworks for chunks of members, and writes each chunk before it says that it is done. */
import { parentPort, workerData } from 'node:worker_threads';
import { writeChunk } from '../artifacts/chunked-run.ts';
import { type ArtworkBatch, chunkBytes } from './artwork-chunk.ts';

const { batch, dir } = workerData as { readonly batch: ArtworkBatch; readonly dir: string };

parentPort?.on('message', (chunk: number) => {
  parentPort?.postMessage({ chunk, sha256: writeChunk(dir, chunk, chunkBytes(batch, chunk)) });
});
