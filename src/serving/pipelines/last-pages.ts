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
  /** Whether no more is known of the member than when that one was made. */
  isOf(memberId: string, stamp: Uint8Array | undefined): boolean;
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
    isOf: (memberId, stamp) => isSameStamp(pages.peek(memberId)?.madeFor.stamp, stamp),
    mayBeFresh: (memberId) => isYoung(pages.peek(memberId)),
    put(memberId, page, madeFor) {
      pages.put(memberId, { page: packed(page), madeFor, at: clock.now() });
    },
  };
};

/**
 * A page as it lies in the cache: one run of bytes outside the heap, for a collector that has to walk through the
 * objects of thousands of pages holds up those who wait.
 */
const packed = ({ rows, key }: Dressed): Dressed => {
  const bytes = serialize(rows);
  return {
    origin: 'cached',
    ...(key === undefined ? {} : { key }),
    get rows() {
      return deserialize(bytes) as Dressed['rows'];
    },
  };
};

const isSame = (a: MadeFor, b: MadeFor): boolean => a.device === b.device && isSameStamp(a.stamp, b.stamp);

const isSameStamp = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
