import { Pool } from 'undici';
import type { Rng } from '../../src/domain/rng.ts';

/** As many as a person's browser opens to one server, and a queue that is never empty. */
const AT_ONCE = 4;
const LEAST_PER_SECOND = 2;

/**
 * Half the homepages a second that the server makes one after another for as long as it is asked, so that a load means
 * the same on a busy machine as on an idle one; at most `mostPerSecond`. The asking warms the server up.
 */
export const halfLoad = async (
  origin: string,
  memberIds: readonly string[],
  {
    forMs,
    mostPerSecond,
    rng,
  }: { readonly forMs: number; readonly mostPerSecond: number; readonly rng: Rng },
): Promise<number> => {
  const pool = new Pool(origin, { connections: AT_ONCE, keepAliveTimeoutThreshold: 100 });
  const draws = rng.fork('half load');
  const startedAt = performance.now();
  let pages = 0;
  const ask = async (): Promise<void> => {
    while (performance.now() - startedAt < forMs) {
      const member = memberIds[Math.floor(draws.next() * memberIds.length)];
      const { body } = await pool.request({
        path: `/v1/members/${encodeURIComponent(member)}/homepage`,
        method: 'GET',
      });
      await body.dump({ limit: Number.POSITIVE_INFINITY });
      if (performance.now() - startedAt > forMs / 2) pages += 1; // the first half compiles and fills caches
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  await pool.close();
  const perSecond = (1_000 * pages) / (performance.now() - startedAt - forMs / 2);
  return Math.max(LEAST_PER_SECOND, Math.min(mostPerSecond, perSecond / 2));
};
