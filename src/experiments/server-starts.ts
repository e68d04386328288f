/** How long `marquee serve` takes, from the start of its process until it says that it is ready. */
import { dependencyError } from '../domain/errors.ts';
import { heldTo, type Measurement } from '../domain/measurement.ts';
import { latencyQuantile } from './latency.ts';
import { startServerProcess } from './server-process.ts';

const SPAWNED =
  'what npm start runs, spawned by this process without npm itself, until GET /readyz was answered 200';

export interface StartPlan {
  /** Where a version was published. */
  readonly workDir: string;
  /** At least 1. */
  readonly restarts: number;
  /** What comes after `node` to run a command, such as `serve`. */
  readonly commandLine: readonly string[];
}

/**
 * Starts the server of a published version `1 + restarts` times, one after another: the first start may fill the
 * store, the others find it filled.
 * @throws MarqueeError (dependency) with the server's own words when it ends before it is ready, or is not in time
 */
export const measureStarts = async (plan: StartPlan): Promise<Measurement[]> => {
  const first = await startOnce(plan);
  const again: number[] = [];
  while (again.length < plan.restarts) again.push(await startOnce(plan));
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
const startOnce = async ({ workDir, commandLine }: StartPlan): Promise<number> => {
  const startedAt = performance.now();
  const server = await startServerProcess({ workDir, commandLine });
  try {
    const { status } = await fetch(`${server.url}/readyz`);
    const tookMs = performance.now() - startedAt;
    if (status !== 200) throw dependencyError('server-start', `/readyz: got ${status}, expected 200`);
    return tookMs;
  } finally {
    await server.close();
  }
};
