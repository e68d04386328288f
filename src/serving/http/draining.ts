import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from './typed-fastify.ts';

export interface DrainLimits {
  readonly noticeMs: number;
  readonly keepAliveMs: number;
  readonly checkEveryMs: number;
}

/**
 * Tells whether the app is closing. Meanwhile each answer asks its client to close the connection, and connections are
 * given the time to come to that, for as long as one may be kept alive: to close one that is idle is to lose the request
 * that its client may just have sent.
 */
export const whileDraining = (app: Server, limits: DrainLimits): (() => boolean) => {
  const { noticeMs, keepAliveMs, checkEveryMs } = limits;
  let draining = false;
  app.addHook('preClose', async () => {
    draining = true;
    if (!app.server.listening) return;
    await sleep(noticeMs);
    const until = performance.now() + keepAliveMs + 2 * checkEveryMs;
    while (performance.now() < until && (await connectionsOf(app)) > 0) await sleep(LOOK_EVERY_MS);
    await new Promise(setImmediate); // connections that have come are taken just before, those left would be reset
  });
  app.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close');
  });
  return () => draining;
};

const LOOK_EVERY_MS = 20;

const connectionsOf = ({ server }: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
