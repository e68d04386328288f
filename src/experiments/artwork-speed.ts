/** How fast artworks are chosen ahead, looked up, and served over HTTP. */
import { heldTo, type Measurement } from '../domain/measurement.ts';
import type { Rng } from '../domain/rng.ts';
import type { ArtworkLookup } from '../serving/pipelines/parts.ts';
import { type ArtworkBatch, chunkBytes } from './artwork-chunk.ts';
import { latencyQuantile, sampleLatencyMs } from './latency.ts';
import { generateLoad, type LoadPlan } from './load-generator.ts';

const SELECTIONS_PER_SECOND = 1_000_000;

/** Selections chosen ahead in a second of one core, files and checksums left out. */
export const measurePrecompute = async (batch: ArtworkBatch): Promise<Measurement> => {
  const chunks = Math.ceil(batch.members.length / batch.membersPerChunk);
  chunkBytes(batch, 0); // compiles
  const rates: number[] = [];
  let coreMs = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    const before = process.cpuUsage();
    const { length } = chunkBytes(batch, chunk);
    const { user, system } = process.cpuUsage(before);
    coreMs += (user + system) / 1_000;
    rates.push((1_000_000 * length) / (user + system));
    await new Promise(setImmediate); // let signals through
  }
  rates.sort((a, b) => a - b);
  const { titles, tables } = batch;
  return heldTo(
    {
      name: 'artwork.precompute-per-second',
      value: (1_000 * titles.length) / coreMs,
      unit: '1/s',
      n: titles.length,
      ci: [rates[Math.floor(0.025 * chunks)], rates[Math.ceil(0.975 * chunks) - 1]],
      definition: `selections of one artwork among ${(tables.exploring.length / (tables.titleOffsets.length - 1)).toFixed(1)} on average, for a (member, title), per second of one core’s time`,
      protocol: `${batch.members.length} members × their likely titles, on one thread, by the core time that was used; the interval holds 95 % of ${chunks} chunks`,
    },
    SELECTIONS_PER_SECOND,
    'at-least',
  );
};

/** Titles on a full page, all looked up at once. */
const PAGE_TITLES = 80;

/** The pages' budget for all their artworks is fifty times that. */
const LOOK_UP_MS = 0.1;

/** How long the artworks of a page take to look up. */
export const measureLookUp = async (options: {
  readonly artworks: ArtworkLookup;
  readonly memberIds: readonly string[];
  readonly titles: number;
  readonly rng: Rng;
}): Promise<Measurement> => {
  const { artworks, memberIds, rng } = options;
  const draws = rng.fork('look-ups');
  const draw = (n: number): number => Math.floor(draws.next() * n);
  const titles = Uint32Array.from({ length: PAGE_TITLES }, () => draw(options.titles));
  // A collection or a stall of the machine spans ten calls or more: a thousand samples have a p99 made of one or two.
  const samples = await sampleLatencyMs({ warmUp: 3_000, samples: 20_000 }, () =>
    artworks.forTitles(memberIds[draw(memberIds.length)], titles),
  );
  return heldTo(
    {
      ...latencyQuantile('artwork.lookup.p99', samples, 0.99),
      protocol: `artworks of ${PAGE_TITLES} titles for a member drawn at random, from the store, one look-up after another`,
    },
    LOOK_UP_MS,
  );
};

const RATE_PER_SECOND = 1_000;

/** Artworks served one by one over HTTP, from the scheduled moment of each request. */
export const measureHttp = async (options: {
  readonly origin: string;
  readonly memberIds: readonly string[];
  readonly titleIds: readonly string[];
  readonly small: boolean;
  readonly rng: Rng;
}): Promise<Measurement[]> => {
  const { origin, memberIds, titleIds, small, rng } = options;
  const drawn = (ids: readonly string[], draws: Rng): string =>
    encodeURIComponent(ids[Math.floor(draws.next() * ids.length)]);
  const plan = (durationMs: number): LoadPlan => ({
    origin,
    requestsPerSecond: RATE_PER_SECOND,
    arrivals: 'constant',
    durationMs,
    rng: rng.fork(`artwork-load:${durationMs}`),
    connections: 32,
    request: (_, draws) => ({
      path: `/v1/members/${drawn(memberIds, draws)}/titles/${drawn(titleIds, draws)}/artwork`,
    }),
  });
  await generateLoad(plan(2_000)); // the first answers compile
  const { latenciesMs, sendDelaysMs, sent, statuses } = await generateLoad(plan(small ? 3_000 : 10_000));
  const protocol = `open loop, ${RATE_PER_SECOND} requests/s evenly spaced on loopback, from the scheduled send time to the last byte; the server in a process of its own`;
  const p99: Measurement = { ...latencyQuantile('artwork.http.p99', latenciesMs, 0.99), protocol };
  return [
    // three seconds of a shared machine are too few for the last hundredth of them
    small ? p99 : heldTo(p99, 5, 'at-most', statuses[200] === sent),
    { ...latencyQuantile('artwork.http.p50', latenciesMs, 0.5), protocol },
    { ...latencyQuantile('artwork.http.send-delay.p99', sendDelaysMs, 0.99), protocol },
  ];
};
