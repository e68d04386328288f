/**
 * Several sources' lists as one pool. Scores of different sources rarely mean the same (an inner product,
 * a count of plays), so a list can bring a calibration onto a common scale; without one its scores are
 * taken as they are. Stands for the blender between the sources and the ranker.
 */
import { bugError } from '../domain/errors.ts';
import type { CandidateList, CandidatePool } from '../domain/request.ts';
import { expectLimit } from './eligible.ts';

/** A score on the common scale. Must not rise along the list; `position` is 0-based. */
export type Calibration = (score: number, position: number) => number;

/** How a source's list goes into the pool. */
export interface Blend {
  /** Default: the score itself. */
  readonly calibrate?: Calibration;
  /** Its first so many titles are in the pool whatever they score, while there is room. Default 0. */
  readonly reserved?: number;
}

export interface SourceList extends Blend {
  readonly source: string;
  readonly list: CandidateList;
}

/**
 * A calibration that looks at places alone, weight / (60 + rank): lists of equal weight then take turns,
 * whatever their scores.
 * @see Cormack, Clarke & Buettcher, SIGIR 2009 (they add the terms of one title; the pool keeps the first)
 */
export const reciprocalRank =
  (weight = 1): Calibration =>
  (_, position) =>
    weight / (61 + position);

const MOST_SOURCES = 256; // `source` of a pool is one byte

/**
 * The best `limit` titles of all lists, each once, best first; a title that several lists hold keeps its
 * best score and the source that gave it. Equal scores go in the order of the lists. Titles with a reserved place
 * take it from the worst of the others, and stand where their scores put them.
 * O(n log k) for n candidates read and k lists.
 * @throws RangeError when limit or a reservation is not a whole number >= 0, or on more than 256 lists
 * @throws MarqueeError (bug) when a list's calibrated scores rise or are not numbers
 */
export function mergeCandidates(lists: readonly SourceList[], limit: number): CandidatePool {
  expectLimit(limit);
  if (lists.length > MOST_SOURCES) {
    throw new RangeError(`lists: expected at most ${MOST_SOURCES}, got ${lists.length}`);
  }
  const available = lists.reduce((sum, { list }) => sum + list.items.length, 0);
  const size = Math.min(limit, available);
  const items = new Uint32Array(size);
  const scores = new Float32Array(size);
  const source = new Uint8Array(size);
  const seen = new Set<number>();
  const reserved = reservedTitles(lists, size);
  const heads = new Heads(lists);
  let free = size - reserved.size;
  let taken = 0;
  while (taken < size) {
    const from = heads.best();
    if (from === undefined) break;
    const title = lists[from].list.items[heads.position(from)];
    if (!seen.has(title) && (reserved.has(title) || free-- > 0)) {
      seen.add(title);
      items[taken] = title;
      scores[taken] = heads.score(from);
      source[taken] = from;
      taken += 1;
    }
    heads.advance();
  }
  return {
    items: items.subarray(0, taken),
    scores: scores.subarray(0, taken),
    source: source.subarray(0, taken),
    sourceNames: lists.map((list) => list.source),
  };
}

/** Titles with a place of their own, at most `size`: the first of each list, then the second of each, and so on. */
const reservedTitles = (lists: readonly SourceList[], size: number): ReadonlySet<number> => {
  const titles = new Set<number>();
  const depths = lists.map(({ list, reserved = 0 }) => {
    expectLimit(reserved);
    return Math.min(reserved, list.items.length);
  });
  const deepest = Math.max(0, ...depths);
  for (let place = 0; place < deepest; place++) {
    for (let i = 0; i < lists.length && titles.size < size; i++)
      if (place < depths[i]) titles.add(lists[i].list.items[place]);
  }
  return titles;
};

/** The next candidate of each list, the best of them at the root of a binary heap. */
class Heads {
  readonly #lists: readonly SourceList[];
  readonly #positions: Uint32Array;
  readonly #scores: Float64Array;
  readonly #heap: number[] = [];

  constructor(lists: readonly SourceList[]) {
    this.#lists = lists;
    this.#positions = new Uint32Array(lists.length);
    this.#scores = new Float64Array(lists.length);
    lists.forEach(({ list }, index) => {
      if (list.items.length === 0) return;
      this.#scores[index] = this.#calibrated(index, 0, Number.POSITIVE_INFINITY);
      this.#heap.push(index);
    });
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  /** The list whose next candidate is best; undefined when all are read. */
  best(): number | undefined {
    return this.#heap[0];
  }

  position(index: number): number {
    return this.#positions[index];
  }

  score(index: number): number {
    return this.#scores[index];
  }

  /** Steps past the best candidate. */
  advance(): void {
    const index = this.#heap[0];
    const next = this.#positions[index] + 1;
    if (next < this.#lists[index].list.items.length) {
      this.#scores[index] = this.#calibrated(index, next, this.#scores[index]);
      this.#positions[index] = next;
    } else {
      const last = this.#heap.pop();
      if (last === undefined || this.#heap.length === 0) return;
      this.#heap[0] = last;
    }
    this.#sink(0);
  }

  #calibrated(index: number, position: number, previous: number): number {
    const { source, list, calibrate } = this.#lists[index];
    const raw = list.scores[position];
    const score = calibrate === undefined ? raw : calibrate(raw, position);
    if (!(score <= previous)) {
      const came = `score ${score} at position ${position} after ${previous}`;
      throw bugError('CANDIDATES_NOT_SORTED', `source '${source}': ${came}, expected scores that never rise`);
    }
    return score;
  }

  #before(a: number, b: number): boolean {
    return this.#scores[a] > this.#scores[b] || (this.#scores[a] === this.#scores[b] && a < b);
  }

  #sink(start: number): void {
    const heap = this.#heap;
    const index = heap[start];
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1], heap[child])) child += 1;
      if (!this.#before(heap[child], index)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = index;
  }
}
