/** How long `marquee serve` takes, from the start of its process until it says that it is ready. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { dependencyError } from '../domain/errors.ts';
import { heldTo, type Measurement } from '../domain/measurement.ts';
import { latencyQuantile } from './latency.ts';

const COMMAND_LINE = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
const START_LIMIT_MS = 120_000;

/** As `npm start` runs it, without npm itself. */
const SPAWNED =
  'node --import tsx src/cli/main.ts serve, spawned by this process, until GET /readyz was answered 200';

/**
 * Starts the server of a published version `1 + restarts` times, one after another: the first start may fill the
 * store, the others find it filled. `restarts` is at least 1.
 * @throws MarqueeError (dependency) with the server's own words when it ends before it is ready, or is not in time
 */
export const measureStarts = async (workDir: string, restarts: number): Promise<Measurement[]> => {
  const first = await startOnce(workDir);
  const again: number[] = [];
  while (again.length < restarts) again.push(await startOnce(workDir));
  return [
    heldTo(
      {
        ...latencyQuantile('serving.start-to-ready', again, 0.5),
        definition: 'median time from the start of the process to ready; the store holds the version already',
        protocol: SPAWNED,
      },
      1_500,
    ),
    {
      name: 'serving.first-start-to-ready',
      value: first,
      unit: 'ms',
      n: 1,
      definition: 'the first start after a version was published: the store is filled on the way',
      protocol: SPAWNED,
    },
  ];
};

/** Milliseconds. The server is gone when this settles. */
const startOnce = async (workDir: string): Promise<number> => {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const args = ['--import', loader, COMMAND_LINE, 'serve', '--port', '0', '--work-dir', workDir];
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const limit = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
  try {
    const { status } = await fetch(`${await announcedUrl(child)}/readyz`);
    const tookMs = performance.now() - startedAt;
    if (status !== 200) throw dependencyError('server-start', `/readyz: got ${status}, expected 200`);
    return tookMs;
  } finally {
    child.kill('SIGTERM');
    await ended;
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
