/** How much a running Node process keeps, all its threads together, asked from outside over its inspector. */
import { WebSocket } from 'undici';
import { dependencyError } from '../../src/domain/errors.ts';

export interface HeapProbe {
  /** Bytes in use on the heaps of all threads after a full collection of each. */
  usedBytes(): Promise<number>;
  close(): void;
}

/** The flag that lets a process be asked. It says at which address on its error output. */
export const INSPECTED = '--inspect=127.0.0.1:0';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly sessionId?: string; readonly message?: string };
  readonly result?: { readonly usedSize?: number };
}

/** @throws MarqueeError (dependency) where the process did not say that it can be asked, or cannot */
export const openHeapProbe = async (said: string): Promise<HeapProbe> => {
  const address = /ws:\/\/\S+/.exec(said)?.[0];
  if (address === undefined)
    throw dependencyError('inspector', `inspector: got no address, expected one for ${INSPECTED}`);
  const socket = new WebSocket(address);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(dependencyError('inspector', `${address}: no answer`)), {
      once: true,
    });
  });
  const waiting = new Map<number, (message: Message) => void>();
  const threads = new Set<string>();
  let sent = 0;
  const hear = (message: Message): void => {
    const { id, method, params } = message;
    if (id !== undefined) waiting.get(id)?.(message);
    else if (method === 'NodeWorker.receivedMessageFromWorker')
      hear(JSON.parse(params?.message ?? '{}') as Message);
    else if (method === 'NodeWorker.attachedToWorker') threads.add(params?.sessionId ?? '');
    else if (method === 'NodeWorker.detachedFromWorker') threads.delete(params?.sessionId ?? '');
  };
  socket.addEventListener('message', ({ data }) => hear(JSON.parse(String(data)) as Message));
  const call = (method: string, params: object = {}): Promise<Message> =>
    answered((id) => ({ id, method, params }));
  const callThread = (sessionId: string, method: string): Promise<Message> =>
    answered((id) => {
      const message = JSON.stringify({ id, method });
      return { id: -id, method: 'NodeWorker.sendMessageToWorker', params: { sessionId, message } };
    });
  const answered = (messageOf: (id: number) => object): Promise<Message> => {
    const id = ++sent;
    return new Promise((resolve) => {
      waiting.set(id, (message) => {
        waiting.delete(id);
        resolve(message);
      });
      socket.send(JSON.stringify(messageOf(id)));
    });
  };
  await call('NodeWorker.enable', { waitForDebuggerOnStart: false });
  return {
    async usedBytes() {
      const heaps = [call, ...Array.from(threads, (id) => (method: string) => callThread(id, method))];
      let bytes = 0;
      for (const ask of heaps) {
        await ask('HeapProfiler.collectGarbage');
        bytes += (await ask('Runtime.getHeapUsage')).result?.usedSize ?? Number.NaN;
      }
      return bytes;
    },
    close: () => socket.close(),
  };
};
