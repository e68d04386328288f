import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from './typed-fastify.ts';

export interface SlowReaderLimits {
  /** For a client to take an answer, from the moment that it is begun. */
  readonly answerMs: number;
  readonly checkEveryMs: number;
}

/**
 * Cuts clients that do not take their answers. Node's own timeout is for connections on which nothing moves at all, so a
 * client that takes a byte now and then holds its answer for ever.
 */
export const cutSlowReaders = (app: Server, { answerMs, checkEveryMs }: SlowReaderLimits): void => {
  const begun = new Map<ServerResponse<IncomingMessage>, number>(); // oldest first
  const cut = (): void => {
    const now = performance.now();
    for (const [answer, at] of begun) {
      if (at > now - answerMs) return;
      begun.delete(answer);
      const waiting = answer.writableLength + (answer.socket?.writableLength ?? 0);
      if (waiting > 0) answer.socket?.destroy();
      else begun.set(answer, now); // it took all that there was so far
    }
  };
  let checking: NodeJS.Timeout | undefined;
  app.addHook('onListen', async () => {
    checking = setInterval(cut, checkEveryMs).unref();
  });
  app.addHook('onSend', async (_request, { raw }) => {
    begun.set(raw, performance.now());
  });
  app.addHook('onResponse', async (_request, { raw }) => {
    begun.delete(raw);
  });
  app.addHook('onClose', async () => clearInterval(checking));
};
