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
  });
  app.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close');
  });
  return () => draining;
};

const LOOK_EVERY_MS = 20;

/**
 * Until the event loop has come round with next to nothing to do. Connections are taken as it comes round; those that come
 * between that and the end of listening are reset, so what lies between is to be short: the last hook before the end.
 */
export const untilIdleTurn = async (): Promise<void> => {
  await new Promise(setImmediate); // what is left of this turn says nothing of a whole one
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const startedAt = performance.now();
    await new Promise(setImmediate);
    if (performance.now() - startedAt < IDLE_TURN_MS) return;
  }
};
const MOST_TURNS = 1_000;
const IDLE_TURN_MS = 0.2;

const connectionsOf = ({ server }: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
