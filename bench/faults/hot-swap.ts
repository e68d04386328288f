/** Versions that come one after another under a server that members ask for pages. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentVersion, setCurrentVersion } from '../../src/artifacts/publish.ts';
import { heldTo, type StageRow } from '../../src/domain/measurement.ts';
import { copyVersion } from '../../src/experiments/faults/copied-version.ts';
import { latencyQuantile } from '../../src/experiments/latency.ts';
import { generateLoad } from '../../src/experiments/load-generator.ts';
import { startServerProcess } from '../../src/experiments/server-process.ts';
import { workPlaces } from '../../src/serving/work-places.ts';
import type { FaultOptions } from './contract.ts';

const RATE_PER_SECOND = 25;
const SWAP_LIMIT_MS = 60_000;

export const measureHotSwaps = async (options: FaultOptions): Promise<StageRow[]> => {
  const { workDir, commandLine, memberIds, small, rng, progress } = options;
  const swaps = small ? 5 : 100;
  const root = workPlaces(workDir).models;
  const first = currentVersion(root);
  if (first === undefined) throw new Error(`${root}: expected a version to swap`);
  const step = progress.step('swap versions');
  const server = await startServerProcess({ workDir, commandLine });
  const ending = new AbortController();
  const latenciesMs: number[] = [];
  const copies: string[] = [];
  const [statuses, served] = [new Map<number, number>(), new Set<string>()];
  try {
    const load = generateLoad({
      origin: server.url,
      requestsPerSecond: RATE_PER_SECOND,
      arrivals: 'poisson',
      durationMs: swaps * SWAP_LIMIT_MS,
      rng: rng.fork('swaps'),
      request: (_, draws) => ({
        path: `/v1/members/${encodeURIComponent(memberIds[Math.floor(draws.next() * memberIds.length)])}/homepage`,
      }),
      onAnswer({ status, latencyMs }) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 200) latenciesMs.push(latencyMs);
      },
      signal: ending.signal,
    }).catch((thrown: unknown) => {
      if (thrown !== ending.signal.reason) throw thrown;
    });
    for (let i = 0; i < swaps; i++) {
      const { name } = await copyVersion(first, root, `swap-${i}`);
      copies.push(name);
      setCurrentVersion(root, name);
      served.add(await versionOnce(server.url, name));
    }
    ending.abort();
    await load;
  } finally {
    await server.close();
    setCurrentVersion(root, first.name);
    for (const name of copies) rmSync(join(root, name), { recursive: true });
  }
  const sent = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  const errors = sent - (statuses.get(200) ?? 0);
  step.end(`${served.size} swaps, pages by status: ${JSON.stringify(Object.fromEntries(statuses))}`);
  const protocol = `${served.size} versions, copies under names of their own, made current one after another as soon as the one before serves, under marquee serve in a process of its own; open loop, Poisson arrivals of mean ${RATE_PER_SECOND}/s on loopback, members drawn at random`;
  return [
    heldTo(
      {
        ...{ name: 'swap.errors', value: errors, unit: 'requests', n: sent, protocol },
        definition: `pages that were not answered with 200 while ${swaps} versions were swapped in; the measure stands only if each came to serve`,
      },
      0,
      'at-most',
      served.size === swaps,
    ),
    {
      ...latencyQuantile('swap.p99', Float64Array.from(latenciesMs), 0.99),
      ...{
        protocol,
        definition:
          'from the scheduled send time, over all swaps: a version is opened, filled and warmed up beside the one that serves',
      },
    },
  ].map((measurement) => ({ stage: 'publish', measurement }));
};

/** Resolves with the version's name once the server says that it serves it. */
const versionOnce = async (origin: string, name: string): Promise<string> => {
  for (const limit = performance.now() + SWAP_LIMIT_MS; performance.now() < limit; ) {
    const health = (await (await fetch(`${origin}/healthz`)).json()) as { modelVersion: string };
    if (health.modelVersion === name) return name;
    await sleep(100);
  }
  throw new Error(`${origin}: version ${name} was not served within ${SWAP_LIMIT_MS} ms`);
};
