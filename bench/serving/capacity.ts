/** How many pages a second one server makes in time, and how soon they come a little below that. */
import { heldTo, type Measurement } from '../../src/domain/measurement.ts';
import { latencyQuantile } from '../../src/experiments/latency.ts';
import { isUseful, loadPages, type PageLoad, type PageLoadResult, personalP99 } from './page-load.ts';

const TARGET_MS = 100;
/** What is asked of each core that scores. */
const LEAST_PER_THREAD = 200;
const FIRST_RATE = 50;
const HIGHEST_RATE = 6_400;
const MOST_ROUNDS = 15;
/** Rates that differ by less are the same to this search. */
const RATIO = 1.06;

export interface CapacityOptions extends Pick<PageLoad, 'origin' | 'memberIds' | 'rng'> {
  readonly small: boolean;
  readonly scoringThreads: number;
  /** What ran beside what. */
  readonly machine: string;
}

export interface Capacity {
  /** Pages a second. */
  readonly rate: number;
  readonly rows: readonly Measurement[];
}

export const measureCapacity = async (options: CapacityOptions): Promise<Capacity> => {
  const { origin, memberIds, rng, small, scoringThreads, machine } = options;
  const seconds = small ? 2 : 10;
  let probes = 0;
  const load = (requestsPerSecond: number, lasting = seconds): Promise<PageLoadResult> =>
    loadPages({
      ...{ origin, memberIds, requestsPerSecond, anew: true, seconds: lasting },
      rng: rng.fork(`capacity/${probes++}`),
    });
  await load(FIRST_RATE, 2); // the first pages compile and fill caches

  /** What waits is through, and what was shrunk has grown back: at a low rate it takes 10 s. */
  const recover = async (): Promise<void> => {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      await load(FIRST_RATE, 1);
      if (await ranksAll(origin)) return;
    }
  };
  /** A stall of the machine is no limit of the server: a rate that fails is tried once more. */
  const holds = async (rate: number): Promise<boolean> => {
    for (let attempt = 0; attempt < 2; attempt++) {
      if (personalP99(await load(rate)) <= TARGET_MS && (await ranksAll(origin))) return true;
      await recover();
    }
    return false;
  };
  const rate = await highestRate(holds);
  await recover();
  const below = await load(Math.max(1, 0.8 * rate), small ? 4 : 30);
  const personal = below.answers.filter((answer) => isUseful(answer, Number.POSITIVE_INFINITY));
  const protocol = `open loop, Poisson arrivals on loopback, members drawn at random, each page made anew from 500 candidates; rates doubled and then halved in between, ${seconds} s each, those that failed tried twice; ${machine}`;
  const capacity: Measurement = {
    name: 'homepage.capacity',
    value: rate,
    unit: '1/s',
    n: probes,
    definition: `highest rate at which 99 of 100 requests get a personalised page within ${TARGET_MS} ms of their scheduled moment`,
    protocol,
  };
  const p99 = {
    ...latencyQuantile('homepage.at-80-percent.p99', latenciesOf(personal), 0.99),
    definition: 'of the pages at 0.8 times the capacity',
    protocol,
  };
  const isWhole = personal.length >= 0.99 * below.answers.length;
  const least = small ? FIRST_RATE : LEAST_PER_THREAD * scoringThreads;
  return {
    rate,
    rows: [heldTo(capacity, least, 'at-least'), small ? p99 : heldTo(p99, TARGET_MS, 'at-most', isWhole)],
  };
};

/** @returns 0 where not even the first rate holds */
export const highestRate = async (holds: (rate: number) => Promise<boolean>): Promise<number> => {
  let [low, high] = [0, FIRST_RATE];
  while (high <= HIGHEST_RATE && (await holds(high))) [low, high] = [high, 2 * high];
  if (low === 0) return 0;
  while (high / low > RATIO) {
    const middle = Math.sqrt(low * high);
    if (await holds(middle)) low = middle;
    else high = middle;
  }
  return low;
};

/** Whether the server ranks as many candidates as ever: pages that were made with less are another measure. */
const ranksAll = async (origin: string): Promise<boolean> => {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const candidates = /^marquee_scoring_candidates (\d+)/m.exec(text)?.[1];
  return candidates === undefined || Number(candidates) === 500;
};

export const latenciesOf = (answers: readonly { readonly latencyMs: number }[]): number[] =>
  answers.map(({ latencyMs }) => latencyMs);
