/** One port, listened on by the parent of those who serve it. */
import type { Worker } from 'node:cluster';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { endListening } from '../http/draining.ts';
import { isMessage, type Place, type ToParent, type ToWorker } from './messages.ts';

export interface SharedPort {
  /** Hands the worker its share of the connections, from when it asks to listen until it leaves or dies. */
  shareWith(worker: Worker, onListening: () => void): void;
}

/**
 * Connections go in turn to the workers that are free to take one, and each takes one at a time: who is held up keeps
 * nobody waiting but its own. node:cluster does likewise, but loses those that are on their way when its last worker ends.
 * Here the last that leaves goes on taking connections until none has come for a while; then nobody listens any more, it is
 * handed all that came before, and told that these were all.
 */
export const createSharedPort = (): SharedPort => {
  const members = new Set<Worker>();
  const free = new Set<Worker>(); // who has been free for longest comes first
  const waiting: Socket[] = [];
  let servers: Promise<readonly Server[]> | undefined;
  let portBefore = 0;

  const tell = (worker: Worker, message: ToWorker, socket?: Socket): void => {
    worker.send(message, socket, (error) => {
      if (error !== null) socket?.destroy(); // the worker is gone
    });
  };
  const handOn = (): void => {
    for (const worker of free) {
      const socket = waiting.shift();
      if (socket === undefined) return;
      free.delete(worker);
      tell(worker, { type: 'marquee:connection' }, socket);
    }
  };
  const take = (socket: Socket): void => {
    waiting.push(socket);
    handOn();
  };
  const forget = (worker: Worker): boolean => {
    free.delete(worker);
    return members.delete(worker);
  };
  /** The connections that came and were handed to nobody. */
  const stopListening = async (stop: (server: Server) => unknown): Promise<Socket[]> => {
    const listening = (await servers) ?? [];
    servers = undefined;
    await Promise.all(listening.map(stop));
    return waiting.splice(0);
  };

  const listen = async (worker: Worker, { host, port }: Place): Promise<boolean> => {
    // Where any port will do, it is the same one again for who comes after all the others have died.
    servers ??= listenAt({ host, port: port === 0 ? portBefore : port }, take);
    try {
      const [first] = await servers;
      const address = first.address() as AddressInfo;
      portBefore = address.port;
      if (!worker.isConnected()) return false;
      members.add(worker);
      free.add(worker);
      tell(worker, { type: 'marquee:listening', address });
      handOn();
      return true;
    } catch (thrown) {
      servers = undefined;
      const { message, code } = thrown as NodeJS.ErrnoException;
      tell(worker, { type: 'marquee:refused', message, code });
      return false;
    }
  };
  const leave = async (worker: Worker): Promise<void> => {
    if (members.size > 1) {
      forget(worker);
    } else {
      const last = await stopListening(endListening);
      forget(worker);
      for (const socket of last) tell(worker, { type: 'marquee:connection' }, socket);
    }
    tell(worker, { type: 'marquee:left' });
  };

  return {
    shareWith(worker, onListening) {
      worker.on('message', async (message: unknown) => {
        if (!isMessage<ToParent>(message)) return;
        if (message.type === 'marquee:listen' && (await listen(worker, message.place))) onListening();
        if (message.type === 'marquee:leave') await leave(worker);
        if (message.type === 'marquee:taken' && members.has(worker)) {
          free.add(worker);
          handOn();
        }
      });
      worker.once('exit', async () => {
        if (!forget(worker) || members.size > 0) return;
        for (const socket of await stopListening((server) => server.close())) socket.destroy();
      });
    },
  };
};

/** Servers on all addresses of the host, as `localhost` has two, and those that can be listened on beside the first. */
const listenAt = async (
  { host, port }: Place,
  take: (socket: Socket) => void,
): Promise<readonly Server[]> => {
  const at = async (address: string, at: number): Promise<Server> => {
    const server = createServer({ pauseOnConnect: true }, take).listen({ host: address, port: at });
    await once(server, 'listening');
    return server;
  };
  const [main, ...more] = await lookup(host, { all: true });
  const first = await at(main.address, port);
  const samePort = (first.address() as AddressInfo).port;
  const others = await Promise.allSettled(more.map(({ address }) => at(address, samePort)));
  return [first, ...others.flatMap((other) => (other.status === 'fulfilled' ? [other.value] : []))];
};
