/** A member's page right after their event: how long both take together, and whether it knows the event. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import { latencyQuantile } from '../../src/experiments/latency.ts';
import { startServerProcess } from '../../src/experiments/server-process.ts';
import type { EventBenchOptions } from './ingest.ts';

const ASKERS = 2;

/** Titles that a member finishes before it is another's turn. */
const SITTING = 5;

export interface FreshReads {
  /** From sending the event to the last byte of the page. */
  readonly latenciesMs: readonly number[];
  /** Pages that show, as if new to the member, what they had just finished. */
  readonly stale: number;
}

export interface FreshnessPlan {
  readonly origin: string;
  readonly checks: number;
  readonly memberIds: readonly string[];
}

/**
 * Finishes the first title of a member's page, asks for the page once acknowledged, and so on from that page. Events
 * and pages go over connections of their own, so of several workers any may be asked.
 * @throws Error where an event or a page is not answered with 200; who is turned away comes again, and the wait counts
 */
export const readAfterEvents = async ({ origin, checks, memberIds }: FreshnessPlan): Promise<FreshReads> => {
  const latenciesMs: number[] = [];
  let stale = 0;
  const events = new Pool(origin, { connections: ASKERS });
  const pages = new Pool(origin, { connections: ASKERS });
  const pageOf = async (member: string): Promise<string[]> => {
    const said = await answered(pages, { path: `/v1/members/${member}/homepage`, method: 'GET' });
    const { rows } = JSON.parse(said) as { rows: { titles: { id: string }[] }[] };
    return rows.flatMap(({ titles }) => titles.map(({ id }) => id));
  };
  const finish = async (member: string, title: string, check: number): Promise<void> => {
    const event = { eventId: `fresh-${check}`, viewingId: `fresh-${check}`, member, title };
    await answered(events, {
      ...{ path: '/v1/events', method: 'POST', body: JSON.stringify({ type: 'finish', ...event }) },
      headers: { 'content-type': 'application/json' },
    });
  };
  let asked = 0;
  const ask = async (): Promise<void> => {
    while (asked < checks) {
      const member = memberIds[(asked / SITTING) % memberIds.length];
      const from = asked;
      asked = Math.min(checks, from + SITTING);
      let page = await pageOf(member);
      for (let check = from; check < Math.min(checks, from + SITTING); check++) {
        const [title] = page;
        const startedAt = performance.now();
        await finish(member, title, check);
        page = await pageOf(member);
        latenciesMs.push(performance.now() - startedAt);
        if (page.includes(title)) stale += 1;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: ASKERS }, ask));
  } finally {
    await Promise.all([events.close(), pages.close()]);
  }
  return { latenciesMs, stale };
};

const PATIENCE_MS = 5_000;

const answered = async (pool: Pool, request: Dispatcher.RequestOptions): Promise<string> => {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const { statusCode, body } = await pool.request(request);
    const said = await body.text();
    if (statusCode === 200) return said;
    if (statusCode !== 503 || performance.now() > until)
      throw new Error(`${request.method} ${request.path}: got ${statusCode}, ${said.slice(0, 200)}`);
    await sleep(50);
  }
};

/** Half of the checks of one process, half of two workers that share a store. */
export const measureFreshness = async (options: EventBenchOptions): Promise<StageRow[]> => {
  const { workDir, small, commandLine, progress } = options;
  const step = progress.step('pages after events');
  const [checks, warmUp] = small ? [150, 40] : [5_000, 200];
  const runs: FreshReads[] = [];
  for (const flags of [[], ['--workers', '2']]) {
    const server = await startServerProcess({ workDir, commandLine, flags });
    const half = options.memberIds.filter((_, i) => (i % 2 === 0) === (flags.length === 0));
    try {
      const [first, rest] = [half.slice(0, warmUp), half.slice(warmUp)];
      await readAfterEvents({ origin: server.url, checks: warmUp, memberIds: first });
      runs.push(await readAfterEvents({ origin: server.url, checks, memberIds: rest }));
    } finally {
      await server.close();
    }
  }
  const rows = rowsOf(runs);
  step.end(`${2 * checks} of them`);
  return rows.map((measurement) => ({ stage: 'events', measurement }));
};

const rowsOf = (runs: readonly FreshReads[]): Measurement[] => {
  const latencies = runs.flatMap(({ latenciesMs }) => latenciesMs);
  const stale = runs.reduce((sum, run) => sum + run.stale, 0);
  const protocol = `two members at a time finish the first title of their page and, once that is acknowledged, ask for the page; half of them of marquee serve, half of marquee serve --workers 2, events and pages over other connections`;
  return [
    heldTo(
      {
        ...latencyQuantile('freshness.p99', latencies, 0.99),
        definition: 'from sending the event to the last byte of the page that knows it',
        protocol,
      },
      100,
    ),
    heldTo(
      {
        ...{ name: 'freshness.stale-reads', value: stale, unit: 'pages', n: latencies.length, protocol },
        definition: 'pages that still show the title that was finished before they were asked for',
      },
      0,
    ),
  ];
};
