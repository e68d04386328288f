/** `marquee serve` in a process of its own, as an operator starts it. */
import { spawn } from 'node:child_process';
import { dependencyError } from '../domain/errors.ts';

const START_LIMIT_MS = 120_000;

export interface ServerProcessPlan {
  /** Where a version was published. */
  readonly workDir: string;
  /** What comes after `node` to run a command, such as `serve`. */
  readonly commandLine: readonly string[];
  /** More flags of `serve`. */
  readonly flags?: readonly string[];
}

export interface ServerProcess {
  /** Such as http://127.0.0.1:8080. */
  readonly url: string;
  /** Tells it to end and waits until it is gone. */
  close(): Promise<void>;
}

/** @throws MarqueeError (dependency) with the server's own words when it ends before it listens, or is not in time */
export const startServerProcess = async (plan: ServerProcessPlan): Promise<ServerProcess> => {
  const { workDir, commandLine, flags = [] } = plan;
  const args = [...commandLine, 'serve', '--port', '0', '--work-dir', workDir, ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const limit = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    return { url: await announcedUrl(child), close };
  } catch (thrown) {
    await close();
    throw thrown;
  } finally {
    clearTimeout(limit);
  }
};

/** The address that the server prints once it listens. */
const announcedUrl = (child: ReturnType<typeof spawn>): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const url = /Serving version \S+ at (http:\S+),/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', reject);
    child.once('close', () => {
      const words = said.trim().split('\n').at(-1) ?? '';
      reject(dependencyError('server-start', `marquee serve ended before it was ready: ${words}`));
    });
  });
