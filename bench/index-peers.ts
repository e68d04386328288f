import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '../src/domain/progress.ts';

/** A library's index: built once, then opened at each width of search that is tried. */
export interface Peer {
  readonly name: string;
  readonly buildSeconds: number;
  /** How it was built, for a protocol. */
  readonly settings: string;
  /** The rows that a search of that width gives for a query, on one thread. */
  searcher(expansion: number): (query: Float32Array, k: number) => Iterable<number | bigint>;
}

export type PeerOutcome = Peer | { readonly name: string; readonly absent: string };

export interface PeerOptions {
  readonly points: Float32Array;
  readonly dimension: number;
  readonly threads: number;
  readonly progress: Progress;
}

/** Edges per node of both graphs. */
const CONNECTIVITY = 16;

/** Width of the search that places a new row: the library's own 128, and 64 where building would take minutes more. */
const buildWidth = (size: number): number => (size <= 20_000 ? 128 : 64);

/** The peers that this installation has, built over the same points; the others with why not. */
export const buildPeers = (options: PeerOptions): Promise<PeerOutcome[]> =>
  Promise.all([buildUsearch(options), buildHnswlib(options)]);

const buildUsearch = async ({ points, dimension, threads, progress }: PeerOptions): Promise<PeerOutcome> => {
  const name = 'usearch';
  const loaded = await optional<typeof import('usearch')>(name);
  if (loaded === undefined)
    return { name, absent: 'usearch is not installed: npm install without --omit=dev' };
  const { Index, MetricKind, ScalarKind } = loaded;
  const size = points.length / dimension;
  const width = buildWidth(size);
  const config = (expansion: number) => ({
    dimensions: dimension,
    metric: MetricKind.IP,
    quantization: ScalarKind.F32,
    connectivity: CONNECTIVITY,
    expansion_add: width,
    expansion_search: expansion,
    multi: false,
  });
  const step = progress.step(`build usearch over ${size.toLocaleString('en')} vectors`);
  const startedAt = performance.now();
  const built = new Index(config(64));
  built.add(
    BigUint64Array.from({ length: size }, (_, row) => BigInt(row)),
    points,
    threads,
  );
  const buildSeconds = (performance.now() - startedAt) / 1000;
  step.end(`${buildSeconds.toFixed(1)} s`);
  // The width of a search is settled as an index is made, so each width tried is a copy, through a file.
  const folder = mkdtempSync(join(tmpdir(), 'marquee-usearch-'));
  const file = join(folder, 'index.bin');
  built.save(file);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const searcher: Peer['searcher'] = (expansion) => {
    const index = new Index(config(expansion));
    index.load(file);
    return (query, k) => index.search(query, k, 1).keys;
  };
  const settings = `HNSW over float32, ${CONNECTIVITY} edges, build width ${width}, built by ${threads} threads`;
  return { name, buildSeconds, settings, searcher };
};

/** What is used of `hnswlib-node`, which is no dependency: it is compiled as it installs. */
interface Hnswlib {
  readonly HierarchicalNSW: new (
    space: 'ip',
    dimension: number,
  ) => {
    initIndex(size: number, edges: number, width: number): void;
    addPoint(vector: number[], row: number): void;
    setEf(width: number): void;
    searchKnn(query: number[], k: number): { readonly neighbors: number[] };
  };
}

const buildHnswlib = async ({ points, dimension, progress }: PeerOptions): Promise<PeerOutcome> => {
  const name = 'hnswlib';
  const loaded = await optional<{ readonly default: Hnswlib }>('hnswlib-node');
  const absent =
    'hnswlib-node is optional and not installed: npm install --no-save hnswlib-node, with a compiler';
  if (loaded === undefined) return { name, absent };
  const size = points.length / dimension;
  if (size > 100_000)
    return { name, absent: 'hnswlib-node adds on one thread: too slow for a million vectors' };
  const step = progress.step(`build hnswlib over ${size.toLocaleString('en')} vectors`);
  const startedAt = performance.now();
  const index = new loaded.default.HierarchicalNSW('ip', dimension);
  index.initIndex(size, CONNECTIVITY, buildWidth(size));
  for (let row = 0; row < size; row++) {
    index.addPoint([...points.subarray(row * dimension, (row + 1) * dimension)], row);
  }
  const buildSeconds = (performance.now() - startedAt) / 1000;
  step.end(`${buildSeconds.toFixed(1)} s`);
  const searcher: Peer['searcher'] = (expansion) => (query, k) => {
    index.setEf(expansion);
    return index.searchKnn([...query], k).neighbors;
  };
  const settings = `HNSW over float32, ${CONNECTIVITY} edges, build width ${buildWidth(size)}`;
  return { name, buildSeconds, settings, searcher };
};

/** The module, or undefined where it is not installed or does not load here. */
const optional = async <T>(name: string): Promise<T | undefined> => {
  try {
    return (await import(name)) as T;
  } catch {
    return undefined;
  }
};
