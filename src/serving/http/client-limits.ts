/** How many requests one client may make: more are answered with 429, and when to come again. */
import rateLimit from '@fastify/rate-limit';
import type { ClientCounts } from '../client-counts.ts';
import { isLoopback } from './admin-token.ts';
import { refusal } from './refusal.ts';
import type { Server } from './typed-fastify.ts';

export interface ClientLimit {
  readonly requestsPerSecond: number;
  /** Whether clients of this machine are held to it as well. */
  readonly ofLoopback: boolean;
}

/** Counts begin anew after so long: a client may use up its share at once, then waits no longer than this. */
export const LIMIT_WINDOW_MS = 10_000;

/**
 * To be called before the routes that are limited; those that operators' machines ask are not (`rateLimit: false`).
 * A client is an IPv4 address or the first 64 bits of an IPv6 one.
 */
export const limitClients = async (
  app: Server,
  { requestsPerSecond, ofLoopback }: ClientLimit,
  counts: ClientCounts,
): Promise<void> => {
  const most = Math.ceil((requestsPerSecond * LIMIT_WINDOW_MS) / 1_000);
  class Counting {
    incr(
      client: string,
      tell: (error: Error | null, result?: { current: number; ttl: number }) => void,
    ): void {
      const { current, endsInMs } = counts.count(client);
      tell(null, { current, ttl: endsInMs });
    }
    child(): Counting {
      return this;
    }
  }
  await app.register(rateLimit, {
    max: most,
    timeWindow: LIMIT_WINDOW_MS,
    store: Counting,
    allowList: ({ ip }) => !ofLoopback && isLoopback(ip),
    errorResponseBuilder: ({ ip }) =>
      refusal({
        field: 'client',
        got: `more than ${most} requests of ${ip}`,
        expected: `at most so many in ${LIMIT_WINDOW_MS / 1_000} s`,
        code: 'rate-limited',
        status: 429,
      }),
  });
  app.addHook('onListen', async () => {
    counts.start((error) => app.log.error({ err: error }, 'bug'));
  });
  app.addHook('preClose', () => counts.close());
};
