import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import type { Progress } from '../domain/progress.ts';
import type { Rng } from '../domain/rng.ts';
import { startServer } from '../serving/server.ts';
import { openService } from '../serving/service.ts';
import { workPlaces } from '../serving/work-places.ts';
import { measureLookUp } from './artwork-speed.ts';
import { latencyQuantile } from './latency.ts';
import { generateLoad, type LoadPlan, type LoadResult } from './load-generator.ts';
import { measureStarts } from './server-starts.ts';

const STAGE = 'serving';
const RATE_PER_SECOND = 50;

export interface ServingOptions {
  /** Where a version was published. */
  readonly workDir: string;
  readonly small: boolean;
  /** Gives what comes after `node` to run a command in a process of its own. */
  readonly commandLine: () => Promise<readonly string[]>;
  readonly rng: Rng;
  readonly progress: Progress;
}

/** Starts what was published in processes of its own, then here, loads it over HTTP, and measures pages and artwork look-ups. */
export const measureServing = async (options: ServingOptions): Promise<StageRow[]> => {
  const { workDir, small, rng, progress } = options;
  const starting = progress.step('start the server');
  const starts = await measureStarts({
    workDir,
    restarts: small ? 1 : 5,
    commandLine: await options.commandLine(),
  });
  starting.end();
  const service = await openService(workPlaces(workDir));
  const server = await startServer(service.app, {
    host: '127.0.0.1',
    port: 0,
    signals: [],
    onClosed: () => service.close(),
  });
  try {
    const lookUps = service.opened.hasArtworks
      ? await measureLookUp({
          artworks: service.opened.artworks,
          memberIds: service.members.ids,
          titles: service.titleIds.length,
          rng,
        })
      : undefined;
    const seconds = small ? 4 : 15;
    const { ids } = service.members;
    const plan = (durationMs: number): LoadPlan => ({
      origin: server.url,
      requestsPerSecond: RATE_PER_SECOND,
      arrivals: 'poisson',
      durationMs,
      rng: rng.fork(`load:${durationMs}`),
      request: (_, draws) => ({
        path: `/v1/members/${encodeURIComponent(ids[Math.floor(draws.next() * ids.length)])}/homepage`,
      }),
    });
    await generateLoad(plan(2_000)); // the first pages compile and fill caches
    const step = progress.step('load the server');
    const outcome = await generateLoad(plan(seconds * 1_000));
    step.end(`${outcome.sent} pages at ${RATE_PER_SECOND}/s`);
    const rows = [...pageRows(outcome), ...starts];
    return [
      ...rows.slice(0, 1).map(staged),
      lookUps === undefined
        ? { stage: STAGE, absent: 'artwork look-up: this dataset has no artworks' }
        : staged(lookUps),
      ...rows.slice(1).map(staged),
    ];
  } finally {
    await server.close();
  }
};

const staged = (measurement: Measurement): StageRow => ({ stage: STAGE, measurement });

const pageRows = ({ latenciesMs, sent: n, statuses, degraded }: LoadResult): Measurement[] => {
  const failed = n - (statuses[200] ?? 0);
  const protocol = `open loop, Poisson arrivals of mean ${RATE_PER_SECOND}/s on loopback, from the scheduled send time to the last byte, members drawn at random`;
  return [
    heldTo(
      { ...latencyQuantile('homepage.http.p99', latenciesMs, 0.99), protocol },
      100,
      'at-most',
      failed === 0,
    ),
    { ...latencyQuantile('homepage.http.p50', latenciesMs, 0.5), protocol },
    {
      name: 'homepage.degraded',
      value: degraded / n,
      unit: 'share',
      n,
      definition: 'share of pages on which a stage was late or failed and its fallback stood in',
      protocol,
    },
  ];
};
