/** What is cheaper to refuse before minutes of work than after them. */
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { codeOf } from '../artifacts/durable-files.ts';
import { callerError } from '../domain/errors.ts';

/** Resolves where something can listen there. @throws MarqueeError (caller) naming the port that is taken */
export const expectFreePort = async (host: string, port: number): Promise<void> => {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen({ host, port }, resolve);
    });
  } catch (thrown) {
    throw callerError(
      'cli.port',
      `--port: got ${port}, which ${host} refuses (${codeOf(thrown)}), expected a free one`,
      {
        cause: thrown,
      },
    );
  }
  await new Promise((resolve) => probe.close(resolve));
};

/** Returns where a folder can be written to, and leaves none that was not there. @throws MarqueeError (caller) where that cannot be */
export const expectFolder = (flag: string, dir: string): void => {
  try {
    const made = mkdirSync(dir, { recursive: true }); // the first folder that was missing
    if (made !== undefined) rmSync(made, { recursive: true });
  } catch (thrown) {
    throw callerError(
      'cli.folder',
      `${flag}: got '${dir}' (${codeOf(thrown)}), expected a folder, or a place for one`,
      {
        cause: thrown,
      },
    );
  }
};
