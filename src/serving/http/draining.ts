import { createServer } from 'node:http';
import type { Server as NetServer } from 'node:net';
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
 * Ends listening, once no connection has come for a while and the event loop came round with next to nothing to do: those
 * that still wait to be taken are reset, so there must be none, and the end comes within the turn that saw it.
 */
export const endListening = async (server: NetServer): Promise<void> => {
  if (!server.listening) return;
  createServer().close(); // compiles what closing is; the first would else take .2 ms, and connections come meanwhile
  const begunAt = performance.now();
  let cameAt = begunAt;
  let turnAt = begunAt;
  const came = (): void => {
    cameAt = performance.now();
  };
  server.on('connection', came);
  await new Promise<void>((resolve) => {
    const look = (): void => {
      const now = performance.now();
      const isQuiet = now - cameAt >= QUIET_MS && now - turnAt < IDLE_TURN_MS;
      turnAt = now;
      if (!isQuiet && now - begunAt < MOST_MS) return void setImmediate(look);
      server.close();
      resolve();
    };
    setImmediate(look);
  });
  server.off('connection', came);
};
const MOST_MS = 500;
const QUIET_MS = 5;
const IDLE_TURN_MS = 0.2;

const connectionsOf = ({ server }: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
