/** A TCP proxy that stands before a server and, when told, hands its answers on late, or answers nonsense itself. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Rng } from '../../domain/rng.ts';

/** `garbage`: each thing sent is answered with nonsense, or with an answer too many before the real one. */
export type ProxyMode = 'pass' | 'garbage' | { readonly delayMs: number };

export interface FaultProxy {
  readonly port: number;
  mode: ProxyMode;
  close(): Promise<void>;
}

export const startFaultProxy = async (targetPort: number, rng: Rng): Promise<FaultProxy> => {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined); // the other end sees the close
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const answer = (bytes: Buffer): void => void (client.writable && client.write(bytes));
    client.on('data', (bytes: Buffer) => {
      if (proxy.mode === 'garbage') {
        const nonsense = nonsenseFrom(rng);
        answer(nonsense);
        if (nonsense !== ONE_TOO_MANY) return;
      }
      if (upstream.writable) upstream.write(bytes);
    });
    upstream.on('data', (bytes: Buffer) => {
      const { mode } = proxy;
      if (typeof mode === 'object') setTimeout(() => answer(bytes), mode.delayMs);
      else answer(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: FaultProxy = {
    port: (server.address() as AddressInfo).port,
    mode: 'pass',
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
};

/** Shifts every answer behind it: the next command hears what this one asked. */
const ONE_TOO_MANY = Buffer.from('$-1\r\n');

const NONSENSE = [
  ONE_TOO_MANY,
  ...['+OK\r\n', ':42\r\n', '$5\r\nhello\r\n', '*2\r\n$1\r\na\r\n$1\r\nb\r\n', '-ERR nonsense\r\n'].map(
    (text) => Buffer.from(text),
  ),
  Buffer.from('$999999999\r\nthe rest never comes'),
  Buffer.from('>2\r\n+message\r\n+x\r\n'),
  Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
];

const nonsenseFrom = (rng: Rng): Buffer => {
  const choice = Math.floor(rng.next() * (NONSENSE.length + 3));
  return choice < NONSENSE.length
    ? NONSENSE[choice]
    : Buffer.from(Uint8Array.from({ length: 1 + Math.floor(64 * rng.next()) }, () => 256 * rng.next()));
};
