/**
 * The last page of each member: for a moment it is served again, and where no new one can be made, it is better than a
 * page for anybody. What it was made from is kept with it, so what a member does ends it at once, whichever process heard
 * of it.
 */
import { deserialize, serialize } from 'node:v8';
import type { Clock } from '../../domain/clock.ts';
import { createCache } from '../cache.ts';
import type { Dressed } from './journey.ts';

export interface MadeFor {
  readonly device: number;
  /** Absent where it could not be read. */
  readonly stamp?: Uint8Array | undefined;
}

export interface LastPages {
  /** The page that was made for just this, not long ago. */
  fresh(memberId: string, madeFor: MadeFor): Dressed | undefined;
  /** Whatever there is. */
  last(memberId: string): Dressed | undefined;
  /** Whether it is worth finding out if the page is fresh. */
  mayBeFresh(memberId: string): boolean;
  put(memberId: string, page: Dressed, madeFor: MadeFor): void;
}

export interface LastPagesConfig {
  readonly most: number;
  readonly freshMs: number;
  readonly clock: Clock;
}

interface Kept {
  readonly page: Dressed;
  readonly madeFor: MadeFor;
  readonly at: number;
}

export const createLastPages = ({ most, freshMs, clock }: LastPagesConfig): LastPages => {
  const pages = createCache<Kept>({ maxEntries: most, freshMs: 0, staleMs: 0, clock });
  const isYoung = (kept: Kept | undefined): kept is Kept =>
    kept !== undefined && clock.now() - kept.at < freshMs;
  return {
    fresh(memberId, madeFor) {
      const kept = pages.peek(memberId);
      return isYoung(kept) && isSame(kept.madeFor, madeFor) ? kept.page : undefined;
    },
    last: (memberId) => pages.peek(memberId)?.page,
    mayBeFresh: (memberId) => isYoung(pages.peek(memberId)),
    put(memberId, { rows }, madeFor) {
      pages.put(memberId, { page: packed(rows), madeFor, at: clock.now() });
    },
  };
};

/**
 * A page as it lies in the cache: one run of bytes outside the heap, for a collector that has to walk through the
 * objects of thousands of pages holds up those who wait.
 */
const packed = (rows: Dressed['rows']): Dressed => {
  const bytes = serialize(rows);
  return {
    origin: 'cached',
    get rows() {
      return deserialize(bytes) as Dressed['rows'];
    },
  };
};

const isSame = (a: MadeFor, b: MadeFor): boolean =>
  a.device === b.device &&
  a.stamp !== undefined &&
  b.stamp !== undefined &&
  Buffer.compare(a.stamp, b.stamp) === 0;
