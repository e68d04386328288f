/** What a page costs with its state in each of the stores, by turns in one run. */
import type { Measurement, StageRow } from '../../src/domain/measurement.ts';
import { latencyQuantile } from '../../src/experiments/latency.ts';
import { generateLoad } from '../../src/experiments/load-generator.ts';
import { type ServerProcess, startServerProcess } from '../../src/experiments/server-process.ts';
import type { RedisFaultOptions } from './redis.ts';
import { startRedis } from './redis-server.ts';

const RATE_PER_SECOND = 40;
const STORES = ['memory', 'lmdb', 'redis'] as const;

export const measureStoreOverhead = async (options: RedisFaultOptions): Promise<StageRow[]> => {
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
    const samples = STORES.map((): number[] => []);
    const rounds = small ? 3 : 8;
    for (let round = 0; round <= rounds; round++) {
      for (const [i, { url: origin }] of servers.entries()) {
        const { latenciesMs } = await generateLoad({
          ...{ origin, requestsPerSecond: RATE_PER_SECOND, durationMs: 3_000, arrivals: 'poisson' },
          rng: rng.fork(`overhead/${round}`), // the same schedule and members for each
          request: (_, draws) => ({
            path: `/v1/members/${encodeURIComponent(memberIds[Math.floor(draws.next() * memberIds.length)])}/homepage`,
          }),
        });
        if (round > 0) samples[i].push(...latenciesMs); // the first round compiles and fills caches
      }
    }
    step.end(`${samples[0].length} pages of each`);
    return rowsOf(samples).map((measurement) => ({ stage: 'stores', measurement }));
  } finally {
    for (const server of servers) await server.close();
    await redis.close();
  }
};

const rowsOf = (samples: readonly number[][]): Measurement[] => {
  const protocol = `marquee serve with each store in a process of its own, loaded in turns of 3 s, open loop of mean ${RATE_PER_SECOND}/s with the same schedule and members`;
  return [0.5, 0.99].flatMap((p) => {
    const label = `page.p${100 * p}`;
    const quantiles = STORES.map((store, i) => latencyQuantile(`store.${store}.${label}`, samples[i], p));
    const ratios = STORES.slice(1).map(
      (store, i): Measurement => ({
        ...{ name: `store.${store}.${label}-ratio`, value: quantiles[i + 1].value / quantiles[0].value },
        ...{ unit: 'ratio', n: samples[i + 1].length, protocol },
        definition: `${label} with this store as a multiple of that with everything in the process's memory`,
      }),
    );
    return [...quantiles.map((quantile) => ({ ...quantile, protocol })), ...ratios];
  });
};
