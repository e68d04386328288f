/** How many events a second a server takes, and how long each waits until it is on disk. */
import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { latencyQuantile } from '../../src/experiments/latency.ts';
import { generateLoad, type LoadResult } from '../../src/experiments/load-generator.ts';
import { startServerProcess } from '../../src/experiments/server-process.ts';
import { randomEvent } from '../faults/event-mix.ts';

/** Of a gateway that gathers events of many members. */
const BATCH = 25;
const BATCHES_PER_SECOND = 208;
/** Of devices that report by themselves. */
const SINGLES_PER_SECOND = 50;
const EVENTS_PER_SECOND = BATCH * BATCHES_PER_SECOND + SINGLES_PER_SECOND;

export interface EventBenchOptions {
  /** Where a version was published. */
  readonly workDir: string;
  readonly small: boolean;
  readonly commandLine: readonly string[];
  readonly memberIds: readonly string[];
  readonly titleIds: readonly string[];
  readonly rng: Rng;
  readonly progress: Progress;
}

export const measureIngest = async (options: EventBenchOptions): Promise<StageRow[]> => {
  const { workDir, small, commandLine, memberIds, titleIds, progress } = options;
  const step = progress.step('events into the server');
  const server = await startServerProcess({ workDir, commandLine });
  try {
    const rounds: LoadResult[] = [];
    const [count, durationMs] = small ? [3, 2_000] : [5, 10_000];
    for (let round = 0; round <= count; round++) {
      const rng = options.rng.fork(`ingest/${round}`);
      const requestsPerSecond = BATCHES_PER_SECOND + SINGLES_PER_SECOND;
      const result = await generateLoad({
        ...{ origin: server.url, requestsPerSecond, durationMs, arrivals: 'poisson', rng },
        request: (number, draws) => {
          const isSingle = draws.next() * requestsPerSecond < SINGLES_PER_SECOND;
          const events = Array.from({ length: isSingle ? 1 : BATCH }, (_, i) => {
            const member = memberIds[Math.floor(draws.next() * memberIds.length)];
            const eventId = `load-${round}-${number}-${i}`;
            return randomEvent({ eventId, member, titleIds, viewings: 9 }, draws);
          });
          return { path: '/v1/events', body: isSingle ? events[0] : events };
        },
      });
      if (round > 0) rounds.push(result); // the first compiles and fills caches
    }
    const rows = rowsOf(rounds, BUDGETS[small ? 'small' : 'whole']);
    step.end(`${Math.round(rows[0].value)} a second`);
    return rows.map((measurement) => ({ stage: 'events', measurement }));
  } finally {
    await server.close();
  }
};

/** Rounds of 2 s are of so few requests that chance and a neighbour's work show in them. */
const BUDGETS = {
  small: { perSecond: 4_000, ackMs: 100 },
  whole: { perSecond: 5_000, ackMs: 25 },
};

/** Figures of the median round, since a round may meet something else that the machine does. */
const rowsOf = (
  rounds: readonly LoadResult[],
  { perSecond, ackMs }: (typeof BUDGETS)[keyof typeof BUDGETS],
): Measurement[] => {
  const eventsPerRequest = EVENTS_PER_SECOND / (BATCHES_PER_SECOND + SINGLES_PER_SECOND);
  const ofRounds = rounds.map((round) => ({
    rate: ((round.statuses[200] ?? 0) * eventsPerRequest) / (round.durationMs / 1_000),
    ack: latencyQuantile('ingest.ack.p99', round.latenciesMs, 0.99),
    refused: round.sent - (round.statuses[200] ?? 0),
  }));
  const refused = ofRounds.reduce((sum, round) => sum + round.refused, 0);
  const n = rounds.reduce((sum, { sent }) => sum + sent, 0);
  const rate = medianBy(ofRounds, (round) => round.rate).rate;
  const { ack } = medianBy(ofRounds, (round) => round.ack.value);
  const protocol = `marquee serve over LMDB in a process of its own; open loop, Poisson arrivals of mean ${BATCHES_PER_SECOND} requests/s of ${BATCH} events of different members and ${SINGLES_PER_SECOND}/s of one event, of all types, on loopback; the median of ${rounds.length} rounds; ${refused} requests refused`;
  return [
    heldTo(
      {
        ...{ name: 'ingest.events-per-second', value: rate, unit: '1/s', n, protocol },
        definition: 'events acknowledged, from the first scheduled send to the last answer',
      },
      perSecond,
      'at-least',
      refused === 0,
    ),
    heldTo(
      {
        ...ack,
        definition: 'from the scheduled send to the answer, which says that all are on disk',
        protocol,
      },
      ackMs,
      'at-most',
      refused === 0,
    ),
  ];
};

const medianBy = <T>(items: readonly T[], of: (item: T) => number): T =>
  [...items].sort((a, b) => of(a) - of(b))[items.length >> 1];
