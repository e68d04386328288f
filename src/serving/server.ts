/** An app on a port, and its end: what is under way is answered, nothing new is taken, then it is gone. */
import type { AddressInfo } from 'node:net';
import { callerError, type MarqueeError } from '../domain/errors.ts';
import { systemTimers, type Timers } from './deadline.ts';
import type { Server } from './http/typed-fastify.ts';

export interface ListenConfig {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** After so long, requests still under way are cut. Default 10 s. */
  readonly drainMs?: number;
  /** Signals that begin the end; a second one of the same kind ends the process at once. Default SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[];
  /** Called once when the app is closed, also where it could not listen: the moment to close stores. */
  readonly onClosed?: () => Promise<void>;
  readonly timers?: Timers;
}

export interface RunningServer {
  /** Such as http://127.0.0.1:8080. */
  readonly url: string;
  readonly port: number;
  /** Drains. Calls after the first wait for the same end. */
  close(): Promise<void>;
  /** Resolves when the server is gone, whoever ended it. */
  readonly closed: Promise<void>;
}

/** @throws MarqueeError (caller) when the port or host cannot be listened on; the app is closed then */
export const startServer = async (app: Server, config: ListenConfig): Promise<RunningServer> => {
  const { host, port, drainMs = 10_000, signals = ['SIGTERM', 'SIGINT'], timers = systemTimers } = config;
  try {
    await app.listen({ host, port });
  } catch (thrown) {
    await app.close();
    await config.onClosed?.();
    throw listenError(thrown, host, port) ?? thrown;
  }
  const address = app.server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  let settle: (outcome: Promise<void>) => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    settle = resolve;
  });

  const drain = async (): Promise<void> => {
    for (const signal of signals) process.off(signal, close);
    const cut = timers.after(drainMs, () => app.server.closeAllConnections());
    await app.close();
    cut();
    await config.onClosed?.();
  };
  const close = (): Promise<void> => {
    closing ??= drain();
    settle(closing);
    return closing;
  };
  for (const signal of signals) process.on(signal, close);
  return { url: `http://${hostOf(address)}:${address.port}`, port: address.port, close, closed };
};

const hostOf = ({ address, family }: AddressInfo): string => (family === 'IPv6' ? `[${address}]` : address);

const listenError = (thrown: unknown, host: string, port: number): MarqueeError | undefined => {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  const refused = (name: string, message: string): MarqueeError =>
    callerError(name, message, { cause: thrown });
  switch (code) {
    case 'EADDRINUSE':
      return refused('port-in-use', `port ${port}: already in use on ${host}, expected a free one`);
    case 'EACCES':
      return refused('port-forbidden', `port ${port}: not permitted on ${host}, expected one from 1024`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return refused(
        'host-unknown',
        `host ${host}: not an address of this machine (${code}), expected one such as 127.0.0.1`,
      );
    default:
      return undefined;
  }
};
