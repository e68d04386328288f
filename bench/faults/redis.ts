/** What members of a whole service see while its Redis fails: each fault in turn, under open-loop load. */

import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { startFaultProxy } from '../../src/experiments/faults/fault-proxy.ts';
import { startRedisCluster } from '../../src/experiments/faults/redis-cluster.ts';
import { REDIS_FAULTS, redisFaults } from '../../src/experiments/faults/redis-faults.ts';
import { startRedis } from '../../src/experiments/faults/redis-server.ts';
import {
  type FaultOutcome,
  type FaultPlan,
  runStoreFault,
  unknownTo,
} from '../../src/experiments/faults/store-fault.ts';
import { latencyQuantile } from '../../src/experiments/latency.ts';
import { generateLoad } from '../../src/experiments/load-generator.ts';
import { startServerProcess } from '../../src/experiments/server-process.ts';
import { quantile } from '../../src/math/statistics.ts';
import type { FaultOptions } from './contract.ts';
import { heldTail } from './held-tail.ts';

const ratePerSecond = (small: boolean): number => (small ? 25 : 50);
const NODE_TIMEOUT_MS = 1_000;

/** The first pages compile and fill caches. */
const WARM_UP_MS = 3_000;
const LOAD = 'open loop from another process, four homepages to one play event, ';

export const measureRedisFaults = async (options: FaultOptions): Promise<StageRow[]> => {
  const { small, rng } = options;
  const { memberIds, titleIds } = options;
  const load = {
    memberIds,
    titleIds,
    requestsPerSecond: ratePerSecond(small),
    beforeMs: 3_000,
    afterMs: 8_000,
  };
  const rows: StageRow[] = [];
  const server = await startRedis();
  const proxy = await startFaultProxy(server.port, rng.fork('proxy'));
  try {
    const faults = redisFaults(server, proxy);
    await serving(options, `redis://127.0.0.1:${proxy.port}`, async (origin) => {
      for (const name of REDIS_FAULTS) {
        const step = options.progress.step(`redis ${name}`);
        const faultMs = small ? 4_000 : 15_000;
        const plan = { ...load, origin, faultMs, fault: faults[name], rng: rng.fork(name) };
        const outcome = await runStoreFault(plan);
        step.end(toldOf(outcome));
        rows.push(
          ...(await rowsOf(
            `redis.${name}`,
            origin,
            outcome,
            `${load.requestsPerSecond}/s, for ${faultMs / 1_000} s; ${FAULT_WORDS[name]}`,
          )),
        );
      }
    });
  } finally {
    await proxy.close();
    await server.close();
  }
  return [...rows, ...(await measureCluster(options, load))];
};

const FAULT_WORDS: Readonly<Record<(typeof REDIS_FAULTS)[number], string>> = {
  killed: 'redis-server killed, and started again with nothing in it',
  stopped: 'redis-server stopped by SIGSTOP: it takes connections and answers nothing',
  slowed: 'every answer 500 ms late',
  garbage: 'every command answered with nonsense, or with an answer too many',
};

/** All members asked for are of the slots of the primary that is killed. */
const measureCluster = async (
  options: FaultOptions,
  load: Omit<FaultPlan, 'origin' | 'fault' | 'rng' | 'faultMs'>,
): Promise<StageRow[]> => {
  const cluster = await startRedisCluster(NODE_TIMEOUT_MS);
  try {
    const memberIds = await cluster.keysOfFirst(load.memberIds);
    const places = cluster.ports.slice(1, 3).map((port) => `127.0.0.1:${port}`);
    const rows: StageRow[] = [];
    await serving(options, `redis-cluster://${places.join(',')}`, async (origin) => {
      const step = options.progress.step('redis-cluster killed');
      const fault = { begin: () => cluster.servers[0].kill(), end: () => undefined };
      const plan = { ...load, memberIds, origin, fault, faultMs: 0, afterMs: 12_000 };
      const outcome = await runStoreFault({ ...plan, rng: options.rng.fork('cluster') });
      step.end(toldOf(outcome));
      const words = `${load.requestsPerSecond}/s; 3 primaries with a replica each, cluster-node-timeout ${NODE_TIMEOUT_MS} ms, one primary killed for good and only members of its slots asked for; recovery counts from the kill`;
      rows.push(...(await rowsOf('redis-cluster.killed', origin, outcome, words)));
    });
    return rows;
  } finally {
    await cluster.close();
  }
};

const serving = async (
  { workDir, commandLine, memberIds, small, rng }: FaultOptions,
  store: string,
  work: (origin: string) => Promise<void>,
): Promise<void> => {
  const server = await startServerProcess({ workDir, commandLine, flags: ['--store', store] });
  try {
    const pages = (_: number, draws: Rng) => ({
      path: `/v1/members/${encodeURIComponent(memberIds[Math.floor(draws.next() * memberIds.length)])}/homepage`,
    });
    const warmUp = { origin: server.url, requestsPerSecond: ratePerSecond(small), durationMs: WARM_UP_MS };
    await generateLoad({ ...warmUp, arrivals: 'constant', rng: rng.fork('warm-up'), request: pages });
    await work(server.url);
  } finally {
    await server.close();
  }
};

const rowsOf = async (
  name: string,
  origin: string,
  outcome: FaultOutcome,
  words: string,
): Promise<StageRow[]> => {
  const lost = await unknownTo(origin, outcome.acknowledged);
  const { sent, errors, latenciesMs, latenciesBeforeMs } = outcome;
  const { recoverySeconds, acknowledged, degradedShare } = outcome;
  const protocol = LOAD + words;
  const measured: Measurement[] = [
    heldTo(
      {
        ...{ name: `${name}.errors`, value: errors, unit: 'requests', n: sent, protocol },
        definition: 'answers of 500 and more, and requests without an answer, before, in and after the fault',
      },
      0,
    ),
    heldTail(
      {
        ...latencyQuantile(`${name}.p99`, latenciesMs, 0.99),
        baselines: [{ name: 'before the fault', value: quantile(latenciesBeforeMs, 0.99) }],
        definition:
          'from the scheduled send time; all requests from one second after the fault began, and after it',
        protocol,
      },
      100,
    ),
    heldTo(
      {
        ...{ name: `${name}.recovery`, unit: 's', n: 1, protocol },
        value: Math.min(recoverySeconds, NEVER_SECONDS),
        definition: `from the end of the fault to the first of ten pages in a row of which at most one does without the member's profile or artworks; ${NEVER_SECONDS} stands for never`,
      },
      5,
    ),
    heldTo(
      {
        ...{ name: `${name}.lost-events`, value: lost, unit: 'events', n: acknowledged.length, protocol },
        definition: 'acknowledged events that the store does not know after it',
      },
      0,
    ),
  ];
  if (Number.isFinite(degradedShare)) {
    measured.push({
      ...{ name: `${name}.degraded`, value: degradedShare, unit: 'share', n: sent, protocol },
      definition: "share of pages in the fault that did without the member's profile or artworks",
    });
  }
  return measured.map((measurement) => ({ stage: 'redis', measurement }));
};

/** A count by status where there were errors: 503 for too much load, 0 for no answer. */
const toldOf = ({ sent, errors, errorsByStatus }: FaultOutcome): string =>
  `${sent} requests, ${errors} errors${errors === 0 ? '' : ` ${JSON.stringify(errorsByStatus)}`}`;

const NEVER_SECONDS = 1_000;
