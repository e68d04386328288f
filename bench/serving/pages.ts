/** Homepages of `marquee serve` in a process of its own: cached, at capacity, and beyond it. */
import { availableParallelism } from 'node:os';
import type { StageRow } from '../../src/domain/measurement.ts';
import { startServerProcess } from '../../src/experiments/server-process.ts';
import { measureCached } from './cached.ts';
import { type CapacityOptions, measureCapacity } from './capacity.ts';
import type { EventBenchOptions } from './ingest.ts';
import { measureOverload } from './overload.ts';

export const measurePages = async (options: EventBenchOptions): Promise<StageRow[]> => {
  const { workDir, commandLine, memberIds, small, progress } = options;
  const rng = options.rng.fork('pages');
  const cores = availableParallelism();
  const scoringThreads = Math.max(1, cores - 1);
  const step = progress.step('pages at and beyond capacity');
  const flags = ['--scoring-threads', String(scoringThreads)];
  const server = await startServerProcess({ workDir, commandLine, flags });
  try {
    const machine = `one process with ${scoringThreads} scoring thread${scoringThreads === 1 ? '' : 's'}, and the generator in another, on ${cores} cores`;
    const plan: CapacityOptions = { origin: server.url, memberIds, rng, small, scoringThreads, machine };
    const cached = await measureCached(plan);
    const capacity = await measureCapacity(plan);
    step.end(`${Math.round(capacity.rate)}/s`);
    const rows = [cached, ...capacity.rows].map((measurement) => ({ stage: 'pages', measurement }));
    if (capacity.rate === 0)
      return [...rows, { stage: 'pages', absent: 'overload: there is no capacity to be a multiple of' }];
    const overload = await measureOverload({ ...plan, capacity: capacity.rate });
    return [...rows, ...overload.map((measurement) => ({ stage: 'pages', measurement }))];
  } finally {
    await server.close();
  }
};
