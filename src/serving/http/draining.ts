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
 * Until no connection has come for a while, and the event loop has come round with next to nothing to do. Connections are
 * taken as it comes round, and of several processes each is handed its own by the parent: those that are still on their way
 * when listening ends are reset. The last hook before the end.
 */
export const untilQuiet = async ({ server }: Server): Promise<void> => {
  const begunAt = performance.now();
  let cameAt = begunAt;
  const came = (): void => {
    cameAt = performance.now();
  };
  server.on('connection', came);
  let turnAt = begunAt;
  let isQuiet = false;
  while (!isQuiet && turnAt - begunAt < MOST_MS) {
    await new Promise(setImmediate);
    const now = performance.now();
    isQuiet = now - cameAt >= QUIET_MS && now - turnAt < IDLE_TURN_MS;
    turnAt = now;
  }
  server.off('connection', came);
};
const MOST_MS = 500;
const QUIET_MS = 5;
const IDLE_TURN_MS = 0.2;

const connectionsOf = ({ server }: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
