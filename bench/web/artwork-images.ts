import { heldTo, type StageRow } from '../../src/domain/measurement.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { latencyQuantile } from '../../src/experiments/latency.ts';
import { generateLoad, type LoadPlan } from '../../src/experiments/load-generator.ts';

const ARTWORK_MS = 5;
const RATE_PER_SECOND = 200;

/** How long an artwork's image takes, from the moment it was to be asked for to its last byte. */
export const measureArtworkImages = async (options: {
  readonly origin: string;
  readonly ids: readonly string[];
  readonly small: boolean;
  readonly rng: Rng;
}): Promise<StageRow> => {
  const { origin, ids, small, rng } = options;
  if (ids.length === 0) return { stage: 'web', absent: 'web.artwork.p99: these data have no artworks' };
  const plan = (durationMs: number): LoadPlan => ({
    origin,
    requestsPerSecond: RATE_PER_SECOND,
    arrivals: 'constant',
    durationMs,
    rng: rng.fork(`images:${durationMs}`),
    connections: 6, // as many as a browser opens
    request: (_, draws) => ({
      path: `/artworks/${encodeURIComponent(ids[Math.floor(draws.next() * ids.length)])}.svg?v=bench`,
    }),
  });
  await generateLoad(plan(2_000)); // the first drawings compile
  const { latenciesMs, statuses, sent } = await generateLoad(plan(small ? 5_000 : 20_000));
  return {
    stage: 'web',
    measurement: heldTo(
      {
        ...latencyQuantile('web.artwork.p99', latenciesMs, 0.99),
        protocol: `open loop, ${RATE_PER_SECOND} images/s evenly spaced on loopback, of ${ids.length.toLocaleString('en')} artworks drawn at random, so that most are drawn anew; the server in a process of its own`,
      },
      ARTWORK_MS,
      'at-most',
      statuses[200] === sent,
    ),
  };
};
