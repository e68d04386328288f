/** `marquee serve` in a process of its own, as an operator starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { dependencyError } from '../domain/errors.ts';

const START_LIMIT_MS = 120_000;

export interface ServerProcessPlan {
  /** Where a version was published. */
  readonly workDir: string;
  /** What comes after `node` to run a command, such as `serve`. */
  readonly commandLine: readonly string[];
  /** More flags of `serve`. */
  readonly flags?: readonly string[];
  /** Default: any that is free. */
  readonly port?: number;
  /** Flags of `node` itself, such as `--inspect=127.0.0.1:0`. */
  readonly nodeFlags?: readonly string[];
  /** Default: one of its own, which nobody is told. */
  readonly adminToken?: string;
}

export interface ServerProcess {
  /** Such as http://127.0.0.1:8080. */
  readonly url: string;
  readonly pid: number;
  /** Its exit code once it is gone; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** What it printed so far, to both streams. */
  said(): string;
  /** Tells it to end and waits until it is gone. */
  close(): Promise<void>;
}

/** @throws MarqueeError (dependency) with the server's own words when it ends before it listens, or is not in time */
export const startServerProcess = async (plan: ServerProcessPlan): Promise<ServerProcess> => {
  const { workDir, commandLine, flags = [], nodeFlags = [], adminToken, port = 0 } = plan;
  const args = [
    ...nodeFlags,
    ...commandLine,
    'serve',
    '--port',
    String(port),
    '--work-dir',
    workDir,
    ...flags,
  ];
  const env = { ...process.env, ...(adminToken === undefined ? {} : { MARQUEE_ADMIN_TOKEN: adminToken }) };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const limit = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    const url = await announcedUrl(child, () => said);
    return { url, pid: child.pid ?? 0, ended, said: () => said, close };
  } catch (thrown) {
    await close();
    throw thrown;
  } finally {
    clearTimeout(limit);
  }
};

/** The address that the server prints once it listens. */
const announcedUrl = (child: ChildProcess, said: () => string): Promise<string> =>
  new Promise((resolve, reject) => {
    const hear = (): void => {
      const url = /Serving version \S+ at (http:\S+),/.exec(said())?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.on('data', hear);
    child.once('error', reject);
    child.once('close', () => {
      const words = said().trim().split('\n').at(-1) ?? '';
      reject(dependencyError('server-start', `marquee serve ended before it was ready: ${words}`));
    });
  });
