/** Homepages that were made a moment ago, at a rate at which they could not all be made anew. */
import { heldTo, type Measurement } from '../../src/domain/measurement.ts';
import { latencyQuantile } from '../../src/experiments/latency.ts';
import { type CapacityOptions, latenciesOf } from './capacity.ts';
import { loadPages } from './page-load.ts';

const RATE = 1_000;
const MEMBERS = 100;
const BUDGET_MS = 50;

export const measureCached = async (options: CapacityOptions): Promise<Measurement> => {
  const { origin, rng, small, machine } = options;
  const memberIds = options.memberIds.slice(0, MEMBERS);
  const load = (requestsPerSecond: number, seconds: number, label: string) =>
    loadPages({ ...{ origin, memberIds, requestsPerSecond, seconds, anew: false }, rng: rng.fork(label) });
  await load(RATE / 4, 2, 'cached/before');
  const { answers, generatorCores } = await load(RATE, small ? 3 : 15, 'cached');
  const served = answers.filter(({ status }) => status === 200);
  const hits = served.filter(({ origin: from }) => from === 'cached').length / served.length;
  const measurement: Measurement = {
    ...latencyQuantile('homepage.cached.p99', latenciesOf(served), 0.99),
    definition: `of homepages of ${MEMBERS} members at ${RATE}/s of one process, made anew as they become 10 s old`,
    protocol: `open loop, Poisson arrivals on loopback, ${(100 * hits).toFixed(1)} % made before; ${machine}, of which the generator took ${generatorCores.toFixed(2)}`,
  };
  const isWhole = served.length === answers.length;
  return small ? measurement : heldTo(measurement, BUDGET_MS, 'at-most', isWhole);
};
