/**
 * Homepages that are turned away before anything is done for them: where no thread has room to score another and this
 * one is behind with its own work, even a ready-made page would be too dear.
 */
import type { FastifyRequest } from 'fastify';
import { watchLoopLag } from '../admission/loop-lag.ts';
import type { VersionRouter } from '../router.ts';
import type { Server } from './typed-fastify.ts';

export const HOMEPAGE_ROUTE = '/v1/members/:id/homepage';

const BODY = JSON.stringify({
  error: { code: 'overloaded', message: 'something this server needs is away, try again', field: 'server' },
});

const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'content-security-policy': "default-src 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'retry-after': 1,
} as const;

export interface SheddingParts {
  readonly router: VersionRouter;
  /** Default: of this thread. */
  readonly isBehind?: () => boolean;
}

/** To be called before other hooks are added, for they cost more than this. */
export const shedPages = (app: Server, { router, ...parts }: SheddingParts): void => {
  const lag = watchLoopLag();
  const isBehind = parts.isBehind ?? ((): boolean => lag.isBehind);
  app.addHook('onClose', async () => lag.close());
  app.addHook('onRequest', async (request: FastifyRequest, reply) => {
    if (!isBehind() || request.routeOptions.url !== HOMEPAGE_ROUTE) return;
    const { id } = request.params as { readonly id: string };
    if (router.of(id).turnsAway?.('person') !== true) return;
    return reply
      .code(503)
      .headers({ ...HEADERS, 'x-request-id': request.id })
      .send(BODY);
  });
};
