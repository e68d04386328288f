import type { FaultProxy } from './fault-proxy.ts';
import type { RedisServer } from './redis-server.ts';
import type { StoreFault } from './store-fault.ts';

export const REDIS_FAULTS = ['killed', 'stopped', 'slowed', 'garbage'] as const;

/** The faults of one server behind a proxy, by name. Killed, it comes back empty. */
export const redisFaults = (
  server: RedisServer,
  proxy: FaultProxy,
  slowedByMs = 500,
): Readonly<Record<(typeof REDIS_FAULTS)[number], StoreFault>> => {
  const pass = (): void => {
    proxy.mode = 'pass';
  };
  return {
    killed: { begin: () => server.kill(), end: () => server.restart() },
    stopped: { begin: () => server.stop(), end: () => server.goOn() },
    slowed: {
      begin: () => {
        proxy.mode = { delayMs: slowedByMs };
      },
      end: pass,
    },
    garbage: {
      begin: () => {
        proxy.mode = 'garbage';
      },
      end: pass,
    },
  };
};
