/** How much a running Node process keeps, all its threads together, asked from outside over its inspector. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'undici';
import { dependencyError } from '../../src/domain/errors.ts';

export interface HeapProbe {
  /**
   * Bytes in use on the heaps of all threads after a full collection of each. A thread that sleeps until it is given work
   * answers nobody: what it last said counts, or nothing.
   */
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
  readonly error?: object;
}

const ANSWER_MS = 2_000;

/** A thread that ended before it answered keeps nothing. */
const GONE: Message = { result: { usedSize: 0 } };

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
  const waiting = new Map<number, { readonly of: string; readonly settle: (message: Message) => void }>();
  const threads = new Map<string, number>(); // the bytes that each last said
  let sent = 0;
  const hear = (message: Message): void => {
    const { id, method, params, error } = message;
    if (id !== undefined) {
      // Below 0 are messages handed on to a thread: its own answer is to come, or it has ended.
      if (id > 0) waiting.get(id)?.settle(message);
      else if (error !== undefined) waiting.get(-id)?.settle(GONE);
    } else if (method === 'NodeWorker.receivedMessageFromWorker')
      hear(JSON.parse(params?.message ?? '{}') as Message);
    else if (method === 'NodeWorker.attachedToWorker') threads.set(params?.sessionId ?? '', 0);
    else if (method === 'NodeWorker.detachedFromWorker') {
      threads.delete(params?.sessionId ?? '');
      for (const { of, settle } of waiting.values()) if (of === params?.sessionId) settle(GONE);
    }
  };
  socket.addEventListener('message', ({ data }) => hear(JSON.parse(String(data)) as Message));
  /** `thread` is empty for the main one. */
  const call = (thread: string, method: string, params: object = {}): Promise<Message> => {
    // One that has ended says nothing to a message, not even that.
    if (thread !== '' && !threads.has(thread)) return Promise.resolve(GONE);
    const id = ++sent;
    const message = { id, method, params };
    return new Promise((resolve) => {
      waiting.set(id, {
        of: thread,
        settle(answer) {
          waiting.delete(id);
          resolve(answer);
        },
      });
      const wrapped = {
        id: -id,
        method: 'NodeWorker.sendMessageToWorker',
        params: { sessionId: thread, message: JSON.stringify(message) },
      };
      socket.send(JSON.stringify(thread === '' ? message : wrapped));
    });
  };
  const askThread = async (thread: string): Promise<number> => {
    await call(thread, 'HeapProfiler.collectGarbage');
    return (await call(thread, 'Runtime.getHeapUsage')).result?.usedSize ?? Number.NaN;
  };
  await call('', 'NodeWorker.enable', { waitForDebuggerOnStart: false });
  return {
    async usedBytes() {
      const own = await askThread('');
      const asked = [...threads.keys()].map(async (thread) => {
        const bytes = await Promise.race([askThread(thread), sleep(ANSWER_MS)]);
        if (bytes !== undefined && threads.has(thread)) threads.set(thread, bytes);
      });
      await Promise.all(asked);
      return [...threads.values()].reduce((sum, bytes) => sum + bytes, own);
    },
    close: () => socket.close(),
  };
};
