/** The last requests of members, so that a version can be tried on them before it answers any. */
import type { Members } from '../../domain/tables.ts';
import type { Ask } from '../pipelines/home.ts';

export interface RecentAsks {
  note(ask: Ask): void;
  /** The last asks, one for each member; where they are fewer than `count`, members spread over the dataset fill up. */
  take(count: number): Ask[];
}

export const createRecentAsks = ({ ids }: Members, capacity = 256): RecentAsks => {
  const ring: Ask[] = [];
  let next = 0;
  return {
    note(ask) {
      ring[next] = ask;
      next = (next + 1) % capacity;
    },
    take(count) {
      const newestFirst = [...ring.slice(0, next).reverse(), ...ring.slice(next).reverse()];
      const spread = Array.from({ length: Math.min(count, ids.length) }, (_, i) => ({
        requestId: '',
        memberId: ids[Math.floor((i * ids.length) / Math.min(count, ids.length))],
      }));
      const byMember = new Map<string, Ask>();
      for (const ask of [...newestFirst, ...spread]) {
        if (byMember.size < count && !byMember.has(ask.memberId)) byMember.set(ask.memberId, ask);
      }
      return [...byMember.values()].map((ask, i) => ({ ...ask, requestId: `warm-up-${i}` }));
    },
  };
};
