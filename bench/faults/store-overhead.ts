/** What a page costs with its state in each of the stores, by turns in one run. */
import type { Measurement, StageRow } from '../../src/domain/measurement.ts';
import { startRedis } from '../../src/experiments/faults/redis-server.ts';
import { latencyQuantile } from '../../src/experiments/latency.ts';
import { generateLoad } from '../../src/experiments/load-generator.ts';
import { type ServerProcess, startServerProcess } from '../../src/experiments/server-process.ts';
import type { FaultOptions } from './contract.ts';

const RATE_PER_SECOND = 40;
const TURN_MS = 1_000;
const STORES = ['memory', 'lmdb', 'redis'] as const;

export const measureStoreOverhead = async (options: FaultOptions): Promise<StageRow[]> => {
  const { workDir, commandLine, memberIds, small, rng } = options;
  const step = options.progress.step('pages by store');
  const redis = await startRedis();
  const servers: ServerProcess[] = [];
  try {
    const flagsOf = { memory: ['memory:'], lmdb: [], redis: [`redis://127.0.0.1:${redis.port}`] };
    for (const store of STORES) {
      const flags = flagsOf[store].flatMap((address) => ['--store', address]);
      servers.push(await startServerProcess({ workDir, commandLine, flags }));
    }
    const samples = STORES.map((): Samples => ({ pageMs: [], storeMs: [] }));
    const rounds = small ? 8 : 25;
    for (let round = 0; round <= rounds; round++) {
      for (const [i, { url: origin }] of servers.entries()) {
        await generateLoad({
          ...{ origin, requestsPerSecond: RATE_PER_SECOND, durationMs: TURN_MS, arrivals: 'poisson' },
          rng: rng.fork(`overhead/${round}`), // the same schedule and members for each
          request: (_, draws) => ({
            path: `/v1/members/${encodeURIComponent(memberIds[Math.floor(draws.next() * memberIds.length)])}/homepage`,
          }),
          onAnswer({ latencyMs, serverTiming }) {
            if (round === 0) return; // compiles and fills caches
            samples[i].pageMs.push(latencyMs);
            samples[i].storeMs.push(stageMs('context', serverTiming) + stageMs('artwork', serverTiming));
          },
        });
      }
    }
    step.end(`${samples[0].pageMs.length} pages of each`);
    return rowsOf(samples).map((measurement) => ({ stage: 'stores', measurement }));
  } finally {
    for (const server of servers) await server.close();
    await redis.close();
  }
};

interface Samples {
  /** From the scheduled send time to the last byte. */
  readonly pageMs: number[];
  /** In the two stages that read the store. */
  readonly storeMs: number[];
}

/** @returns NaN where the page was made without the stage */
const stageMs = (stage: string, serverTiming: string): number =>
  Number(new RegExp(`(?:^|, )${stage};dur=([\\d.]+)`).exec(serverTiming)?.[1]);

const rowsOf = (samples: readonly Samples[]): Measurement[] => {
  const protocol = `marquee serve with each store in a process of its own, loaded in turns of ${TURN_MS / 1_000} s, open loop of mean ${RATE_PER_SECOND}/s with the same schedule and members`;
  const kinds = [
    ['page', ({ pageMs }: Samples) => pageMs, 'from the scheduled send time to the last byte'],
    [
      'reads',
      ({ storeMs }: Samples) => storeMs,
      "the page's two stages that read the store: context and artwork",
    ],
  ] as const;
  return kinds.flatMap(([kind, of, definition]) =>
    [0.5, 0.99].flatMap((p) => {
      const label = `${kind}.p${100 * p}`;
      const quantiles = STORES.map((store, i) => ({
        ...latencyQuantile(`store.${store}.${label}`, of(samples[i]).filter(Number.isFinite), p),
        ...{ definition, protocol },
      }));
      const [memory, ...others] = quantiles;
      const ratios = others.map(
        ({ name, value, n }): Measurement => ({
          ...{ name: `${name}-ratio`, value: value / memory.value, unit: 'ratio', n, protocol },
          definition: `${definition}; as a multiple of that with everything in the process's memory`,
        }),
      );
      return [...quantiles, ...ratios];
    }),
  );
};
