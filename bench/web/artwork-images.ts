import { heldTo, type StageRow } from '../../src/domain/measurement.ts';
import type { Rng } from '../../src/domain/rng.ts';
import type { Catalogue } from '../../src/domain/tables.ts';
import { latencyQuantile, sampleLatencyMs } from '../../src/experiments/latency.ts';
import { generateLoad, type LoadPlan } from '../../src/experiments/load-generator.ts';
import { createArtworkDrawer } from '../../src/serving/drawings/artwork-drawer.ts';

/** Seconds beside whatever else the machine does say less of the slowest than the whole form. */
const ARTWORK_MS = { whole: 5, small: 15 } as const;
const RATE_PER_SECOND = 200;

/** How long an artwork's image takes: from the moment it was to be asked for to its last byte, and to be drawn alone. */
export const measureArtworkImages = async (options: {
  readonly origin: string;
  readonly catalogue: Catalogue;
  readonly small: boolean;
  readonly rng: Rng;
}): Promise<StageRow[]> => {
  const { origin, catalogue, small, rng } = options;
  const { ids = [] } = catalogue.artworks ?? {};
  if (ids.length === 0) return [{ stage: 'web', absent: 'web.artwork.p99: these data have no artworks' }];
  const rowFrom = (draws: Rng): number => Math.floor(draws.next() * ids.length);
  const plan = (durationMs: number): LoadPlan => ({
    origin,
    requestsPerSecond: RATE_PER_SECOND,
    arrivals: 'constant',
    durationMs,
    rng: rng.fork(`images:${durationMs}`),
    connections: 6, // as many as a browser opens
    request: (_, draws) => ({
      path: `/artworks/${encodeURIComponent(ids[rowFrom(draws)])}.svg?v=bench`,
    }),
  });
  await generateLoad(plan(2_000)); // the first drawings compile
  const { latenciesMs, statuses, sent } = await generateLoad(plan(small ? 5_000 : 20_000));
  const drawer = createArtworkDrawer(catalogue);
  const draws = rng.fork('drawings');
  const drawnMs = await sampleLatencyMs({ warmUp: 500, samples: small ? 1_000 : 5_000 }, () =>
    drawer.artwork(rowFrom(draws), true),
  );
  const among = `of ${ids.length.toLocaleString('en')} artworks drawn at random, so that most are drawn anew`;
  const images = heldTo(
    {
      ...latencyQuantile('web.artwork.p99', latenciesMs, 0.99),
      protocol: `open loop, ${RATE_PER_SECOND} images/s evenly spaced on loopback, ${among}; the server in a process of its own`,
    },
    ARTWORK_MS[small ? 'small' : 'whole'],
    'at-most',
    statuses[200] === sent,
  );
  const alone = {
    ...latencyQuantile('web.artwork.draw.p99', drawnMs, 0.99),
    protocol: `one after another in this process, ${among}`,
  };
  return [images, alone].map((measurement) => ({ stage: 'web', measurement }));
};
