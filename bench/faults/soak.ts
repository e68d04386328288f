/** Whether a server that works for a long time keeps more and more. */
import { setTimeout as sleep } from 'node:timers/promises';
import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import { generateLoad } from '../../src/experiments/load-generator.ts';
import { startServerProcess } from '../../src/experiments/server-process.ts';
import { theilSen } from '../../src/math/theil-sen.ts';
import type { FaultOptions } from './contract.ts';
import { halfLoad } from './half-load.ts';
import { INSPECTED, openHeapProbe } from './heap-probe.ts';

const MB = 1e6;
const MOST_PER_SECOND = 200;
const PER_TEN_MINUTES = 600;
/** So many that the pages kept for them are all there before it is looked at. */
const MEMBERS = 300;

interface SoakForm {
  /** Caches fill and code is compiled: what is kept then is kept once. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly everySeconds: number;
}

const formOf = ({ small, long }: FaultOptions): SoakForm =>
  small
    ? { warmUpSeconds: 8, seconds: 20, everySeconds: 1 }
    : { warmUpSeconds: 120, seconds: long ? 1_800 : 600, everySeconds: 10 };

export const measureSoak = async (options: FaultOptions): Promise<StageRow[]> => {
  const { workDir, commandLine, titleIds, small, rng, progress } = options;
  const memberIds = options.memberIds.slice(0, MEMBERS);
  const form = formOf(options);
  const server = await startServerProcess({ workDir, commandLine, nodeFlags: [INSPECTED] });
  const step = progress.step('soak', form.seconds);
  try {
    const probe = await openHeapProbe(server.said());
    const forMs = small ? 3_000 : 10_000;
    const perSecond = await halfLoad(server.url, memberIds, { forMs, mostPerSecond: MOST_PER_SECOND, rng });
    const pick = (ids: readonly string[], draw: number): string => ids[Math.floor(draw * ids.length)];
    const loading = generateLoad({
      ...{ origin: server.url, requestsPerSecond: perSecond, arrivals: 'poisson', rng: rng.fork('soak') },
      durationMs: 1_000 * (form.warmUpSeconds + form.seconds),
      request(number, draws) {
        const member = pick(memberIds, draws.next());
        const path = `/v1/members/${encodeURIComponent(member)}`;
        if (number % 5 > 1) return { path: `${path}/homepage` };
        if (number % 5 === 1) return { path: `${path}/recommendations` };
        const event = {
          eventId: `soak-${process.pid}-${number}`,
          member,
          title: pick(titleIds, draws.next()),
        };
        return { path: '/v1/events', body: { type: 'play', watchedFraction: draws.next(), ...event } };
      },
    });
    const startedAt = performance.now();
    const seconds: number[] = [];
    const bytes: number[] = [];
    const resident: number[] = [];
    for (let at = form.warmUpSeconds; at <= form.warmUpSeconds + form.seconds; at += form.everySeconds) {
      await sleep(Math.max(0, startedAt + 1_000 * at - performance.now()));
      bytes.push(await probe.usedBytes());
      resident.push(await residentBytes(server.url));
      seconds.push((performance.now() - startedAt) / 1_000);
      step.advance(at - form.warmUpSeconds, `${(bytes[bytes.length - 1] / MB).toFixed(1)} MB`);
    }
    const { sent, statuses } = await loading;
    probe.close();
    const told = [0, 0.25, 0.5, 0.75, 1].map((part) => bytes[Math.round(part * (bytes.length - 1))] / MB);
    step.end(
      `${sent} requests ${JSON.stringify(statuses)}, MB: ${told.map((mb) => mb.toFixed(1)).join(', ')}`,
    );
    const protocol = `${form.seconds} s at ${perSecond.toFixed(0)} requests/s, half of what the server made in a closed loop, after ${form.warmUpSeconds} s of it that are not looked at: homepages, recommendations and events of ${memberIds.length} members; every ${form.everySeconds} s a full collection of all threads, forced from outside`;
    const slopeRow = (name: string, values: readonly number[], definition: string): Measurement => {
      const { slope, interval } = theilSen(seconds, values);
      const ci = [(interval[0] * PER_TEN_MINUTES) / MB, (interval[1] * PER_TEN_MINUTES) / MB] as const;
      return {
        name,
        value: (slope * PER_TEN_MINUTES) / MB,
        unit: 'MB per 10 min',
        n: values.length,
        ci,
        definition,
        protocol,
      };
    };
    const heap = slopeRow(
      'soak.heap-slope',
      bytes,
      'Theil-Sen slope of the heap in use after collection, of all threads, with Sen’s interval',
    );
    return [
      // Over seconds a slope is of what is still warming up: held where the run is long enough to tell.
      { stage: 'soak', measurement: small ? heap : heldTo(heap, 1) },
      {
        stage: 'soak',
        measurement: slopeRow('soak.resident-slope', resident, 'the same of all memory that the process has'),
      },
      {
        stage: 'soak',
        measurement: heldTo(
          {
            ...{
              name: 'soak.errors',
              value: sent - (statuses[200] ?? 0),
              unit: 'requests',
              n: sent,
              protocol,
            },
            definition: 'requests that were not answered with 200',
          },
          0,
        ),
      },
    ];
  } finally {
    await server.close();
  }
};

const residentBytes = async (origin: string): Promise<number> => {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
};
