/** What others see while many clients hold connections and give nothing for them, and how long they may. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { dependencyError } from '../../src/domain/errors.ts';
import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import { latencyQuantile } from '../../src/experiments/latency.ts';
import { generateLoad, type LoadResult } from '../../src/experiments/load-generator.ts';
import { startServerProcess } from '../../src/experiments/server-process.ts';
import { quantile } from '../../src/math/statistics.ts';
import type { FaultOptions } from './contract.ts';
import { halfLoad } from './half-load.ts';
import { heldTail } from './held-tail.ts';
import type { SlowReport } from './slow-clients-process.ts';

const MOST_PER_SECOND = 40;
/** By when a connection should have been cut. */
const CUT_S = 15;
/** For those that do not read: it must not be what they ask for that slows the others. */
const LARGE_AND_CHEAP = '/docs/static/swagger-ui.css';
const PROGRAM = fileURLToPath(new URL('./slow-clients-process.ts', import.meta.url));

export const measureSlowClients = async (options: FaultOptions): Promise<StageRow[]> => {
  const { workDir, commandLine, memberIds, small, rng, progress } = options;
  const count = small ? 200 : 1_000;
  const rounds = small ? 2 : 3;
  const seconds = small ? 6 : 18;
  const lookAfterS = Math.min(seconds, CUT_S) - 1;
  const step = progress.step('slow clients', 2 * rounds);
  const server = await startServerProcess({ workDir, commandLine });
  const pageOf = (member: string): string => `/v1/members/${encodeURIComponent(member)}/homepage`;
  try {
    const forMs = small ? 3_000 : 6_000;
    const perSecond = await halfLoad(server.url, memberIds, { forMs, mostPerSecond: MOST_PER_SECOND, rng });
    const load = (label: string, durationMs: number): Promise<LoadResult> =>
      generateLoad({
        ...{ origin: server.url, requestsPerSecond: perSecond, durationMs, arrivals: 'poisson' },
        rng: rng.fork(`slow/${label}`),
        request: (_, draws) => ({ path: pageOf(memberIds[Math.floor(draws.next() * memberIds.length)]) }),
      });
    const alone: LoadResult[] = [];
    const beside: LoadResult[] = [];
    const held: number[] = [];
    for (let round = 0; round < rounds; round++) {
      alone.push(await load(`${round}`, seconds * 1_000));
      step.advance(2 * round + 1);
      const clients = await startSlowClients([
        new URL(server.url).port,
        String(count),
        String(lookAfterS * 1_000),
        LARGE_AND_CHEAP,
      ]);
      beside.push(await load(`${round}`, seconds * 1_000)); // the same schedule and members
      held.push(...Object.values((await clients.end()).held).flat());
      step.advance(2 * round + 2);
    }
    step.end(`${held.length} connections held`);
    return rowsOf({ alone, beside, held, count, seconds, lookAfterS, perSecond }).map((measurement) => ({
      stage: 'wire',
      measurement,
    }));
  } finally {
    await server.close();
  }
};

interface SlowOutcome {
  readonly alone: readonly LoadResult[];
  readonly beside: readonly LoadResult[];
  readonly held: readonly number[];
  readonly count: number;
  readonly seconds: number;
  readonly lookAfterS: number;
  readonly perSecond: number;
}

const rowsOf = (outcome: SlowOutcome): Measurement[] => {
  const { alone, beside, held, count, seconds, lookAfterS, perSecond } = outcome;
  const latenciesOf = (results: readonly LoadResult[]): number[] =>
    results.flatMap(({ latenciesMs }) => [...latenciesMs]);
  const withoutMs = latenciesOf(alone);
  const withMs = latenciesOf(beside);
  const sent = beside.reduce((sum, result) => sum + result.sent, 0);
  const served = beside.reduce((sum, { statuses }) => sum + (statuses[200] ?? 0), 0);
  const protocol = `${count} slow clients from another process (silent, slow headers, slow body, not reading, idle), connecting again when cut, beside ${perSecond.toFixed(0)} homepages/s in an open loop, half of what the server made in a closed one; turns of ${seconds} s without and with them, same schedule and members`;
  const p99Ms = quantile(withoutMs, 0.99);
  const ratio: Measurement = {
    ...{ name: 'slow.p99-ratio', value: quantile(withMs, 0.99) / p99Ms, unit: 'ratio', n: withMs.length },
    baselines: [{ name: 'p99 without, ms', value: p99Ms }],
    definition: "the others' p99 with slow clients beside them, as a multiple of that without",
    protocol,
  };
  return [
    heldTail(ratio, 2),
    {
      ...latencyQuantile('slow.p99', withMs, 0.99),
      definition: "the others' p99 beside slow clients",
      protocol,
    },
    heldTo(
      {
        ...{ name: 'slow.errors', value: sent - served, unit: 'requests', n: sent, protocol },
        definition: 'requests of the others that were not answered with 200',
      },
      0,
    ),
    heldTo(
      {
        ...{ name: 'slow.cut', value: Math.max(...held) / 1_000, unit: 's', n: held.length, protocol },
        definition: `the longest that a connection was held; those that do not read look after ${lookAfterS} s whether they were cut`,
      },
      CUT_S,
    ),
  ];
};

const startSlowClients = async (args: readonly string[]) => {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), PROGRAM, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw dependencyError('slow-clients', 'the process of slow clients ended too soon');
    return value;
  };
  await line();
  return {
    async end(): Promise<SlowReport> {
      child.stdin.end();
      return JSON.parse(await line()) as SlowReport;
    },
  };
};
