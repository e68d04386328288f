/** Whether a server that is told to end under load loses a request, and how soon it is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import { generateLoad } from '../../src/experiments/load-generator.ts';
import { startServerProcess } from '../../src/experiments/server-process.ts';
import type { FaultOptions } from './contract.ts';
import { halfLoad } from './half-load.ts';

const BEFORE_MS = 2_000;
const AFTER_MS = 4_000;
const MOST_PER_SECOND = 80;

export const measureShutdown = async (options: FaultOptions): Promise<StageRow[]> => {
  const { small, progress } = options;
  const ends: ShutdownOutcome[] = [];
  const step = progress.step('SIGTERM under load');
  for (const workers of [1, 2]) {
    for (let round = 0; round < (small ? 1 : 5); round++)
      ends.push(await endUnderLoad(options, workers, round));
  }
  step.end(`${ends.length} times`);
  return rowsOf(ends).map((measurement) => ({ stage: 'end', measurement }));
};

interface ShutdownOutcome {
  readonly perSecond: number;
  readonly sent: number;
  /** Taken by the server and not answered, or answered with 500 and more. */
  readonly failed: number;
  /** Sent after it was told to end, and answered. */
  readonly drained: number;
  readonly goneSeconds: number;
  readonly exitCode: number | null;
}

const endUnderLoad = async (
  options: FaultOptions,
  workers: number,
  round: number,
): Promise<ShutdownOutcome> => {
  const { workDir, commandLine, memberIds, titleIds, rng } = options;
  const server = await startServerProcess({ workDir, commandLine, flags: ['--workers', String(workers)] });
  const perSecond = await halfLoad(server.url, memberIds, {
    forMs: 2_000,
    mostPerSecond: MOST_PER_SECOND,
    rng,
  });
  const pick = (ids: readonly string[], draw: number): string => ids[Math.floor(draw * ids.length)];
  let toldMs = Number.POSITIVE_INFINITY;
  let drained = 0;
  const loading = generateLoad({
    ...{ origin: server.url, requestsPerSecond: perSecond, durationMs: BEFORE_MS + AFTER_MS },
    ...{ arrivals: 'poisson', rng: rng.fork(`end/${workers}/${round}`) },
    request(number, draws) {
      const member = pick(memberIds, draws.next());
      if (number % 5 > 0) return { path: `/v1/members/${encodeURIComponent(member)}/homepage` };
      const eventId = `end-${process.pid}-${workers}-${round}-${number}`;
      return {
        path: '/v1/events',
        body: { type: 'click', eventId, member, title: pick(titleIds, draws.next()) },
      };
    },
    onAnswer({ dueMs, status }) {
      if (dueMs > toldMs && status === 200) drained += 1;
    },
  });
  const startedAt = performance.now();
  await sleep(BEFORE_MS);
  const toldAt = performance.now();
  toldMs = toldAt - startedAt;
  await server.close();
  const goneSeconds = (performance.now() - toldAt) / 1_000;
  const { sent, statuses, failures } = await loading;
  // Who cannot connect sent nothing, and asks another server. Everything else was in this one's hands.
  const { ECONNREFUSED: _, ...lost } = failures;
  const refused = Object.entries(statuses).filter(([status]) => Number(status) >= 500);
  const failed = [...Object.values(lost), ...refused.map(([, count]) => count)];
  if (failed.length > 0) options.progress.note(`end: ${JSON.stringify({ failures, statuses })}`);
  return {
    ...{ perSecond, sent, drained, goneSeconds, exitCode: await server.ended },
    failed: failed.reduce((sum, count) => sum + count, 0),
  };
};

const rowsOf = (ends: readonly ShutdownOutcome[]): Measurement[] => {
  const total = (of: (end: ShutdownOutcome) => number): number => ends.reduce((sum, end) => sum + of(end), 0);
  const drained = total((end) => end.drained);
  const protocol = `SIGTERM ${BEFORE_MS / 1_000} s into a Poisson load of ${(total((end) => end.perSecond) / ends.length).toFixed(0)}/s in the mean, half of what each made in a closed loop, four homepages to one event, over connections kept alive; ${ends.length / 2} times one process and as often --workers 2`;
  const isClean = ends.every(({ exitCode }) => exitCode === 0) && drained > 0;
  return [
    heldTo(
      {
        ...{ name: 'shutdown.errors', value: total(({ failed }) => failed), unit: 'requests', protocol },
        n: total(({ sent }) => sent),
        definition: `requests that the server took and did not answer, or answered with 500 and more; connections refused once it was gone are none; holds only if it ended with code 0 each time and went on answering meanwhile (${drained} were)`,
      },
      0,
      'at-most',
      isClean,
    ),
    heldTo(
      {
        ...{
          name: 'shutdown.gone',
          value: Math.max(...ends.map(({ goneSeconds }) => goneSeconds)),
          unit: 's',
        },
        ...{ n: ends.length, protocol, definition: 'the longest from SIGTERM until its processes were gone' },
      },
      10,
    ),
  ];
};
