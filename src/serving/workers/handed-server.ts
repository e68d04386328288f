import { createServer, type Server, type ServerOptions } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import type { FastifyServerFactory } from 'fastify';
import { isMessage, type Place, type ToParent, type ToWorker } from './messages.ts';

/** What Fastify has its own servers keep to. */
interface Timeouts {
  readonly http: ServerOptions;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connectionTimeout: number;
}

/**
 * The HTTP server of a worker, as Fastify's `serverFactory`. It listens by asking the parent to (`createSharedPort`), is
 * handed connections, and is closed once the parent told it that no more come and those that came are closed.
 */
export const createHandedServer: FastifyServerFactory = (answer, options): Server => {
  const { http, requestTimeout, keepAliveTimeout, connectionTimeout } = options as unknown as Timeouts;
  const server = createServer({ ...http, requestTimeout, keepAliveTimeout }, answer);
  server.setTimeout(connectionTimeout);
  const closeHttp = server.close.bind(server);
  const say = (message: ToParent): void => void process.send?.(message);
  let address: AddressInfo | null = null;
  let open = 0;
  let isLeaving = false;
  let hasLeft = false;
  let isClosed = false;

  const endWhenEmpty = (): void => {
    if (!hasLeft || open > 0) return;
    isClosed = true;
    process.off('message', hear);
    closeHttp();
  };
  const take = (socket: Socket): void => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
      endWhenEmpty();
    });
    // As http has them of connections that it accepts itself.
    socket.allowHalfOpen = true;
    socket.setNoDelay(true);
    server.emit('connection', socket);
  };
  const hear = (message: unknown, socket: unknown): void => {
    if (!isMessage<ToWorker>(message)) return;
    switch (message.type) {
      case 'marquee:listening':
        address = message.address;
        server.emit('listening');
        break;
      case 'marquee:refused':
        process.off('message', hear);
        server.emit('error', Object.assign(new Error(message.message), { code: message.code }));
        break;
      case 'marquee:connection':
        if (socket instanceof Socket) take(socket);
        if (!hasLeft) say({ type: 'marquee:taken' });
        break;
      case 'marquee:left':
        hasLeft = true;
        address = null;
        endWhenEmpty();
        break;
      default:
    }
  };

  Object.defineProperty(server, 'listening', { get: () => address !== null });
  return Object.assign(server, {
    listen(place: Place): Server {
      process.on('message', hear);
      say({ type: 'marquee:listen', place: { host: place.host, port: place.port } });
      return server;
    },
    address: () => address,
    getConnections(tell: (error: Error | null, count: number) => void): Server {
      process.nextTick(tell, null, open);
      return server;
    },
    close(tell: () => void = () => undefined): Server {
      if (isClosed) process.nextTick(tell);
      else server.once('close', tell);
      if (!isLeaving) say({ type: 'marquee:leave' });
      isLeaving = true;
      return server;
    },
  });
};
