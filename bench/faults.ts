import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StageRow } from '../src/domain/measurement.ts';
import { prepareService } from '../src/experiments/demo.ts';
import { hasRedisServer } from '../src/experiments/faults/redis-server.ts';
import { openSubject } from '../src/experiments/subject.ts';
import { workPlaces } from '../src/serving/work-places.ts';
import { useBackend } from '../src/tensor/backend.ts';
import type { Suite } from './contract.ts';
import { measureCanaries } from './faults/canary.ts';
import { measureDamage } from './faults/damage.ts';
import { measureEventHistories } from './faults/event-histories.ts';
import { measureFuzz } from './faults/fuzz.ts';
import { measureHotSwaps } from './faults/hot-swap.ts';
import { measureIngestCrashes } from './faults/ingest.ts';
import { measurePublishCrashes } from './faults/publish-crash.ts';
import { measureRedisFaults } from './faults/redis.ts';
import { measureShutdown } from './faults/shutdown.ts';
import { measureSlowClients } from './faults/slow-clients.ts';
import { measureSmuggling } from './faults/smuggling.ts';
import { measureSoak } from './faults/soak.ts';
import { measureStoreOverhead } from './faults/store-overhead.ts';

/** Faults: what members see while something that a server needs is away, slow or wrong. */
const faults: Suite = async (options) => {
  const { progress, seed, threads } = options;
  const backend = await useBackend({ threads });
  const subject = await openSubject(options);
  const workDir = mkdtempSync(join(tmpdir(), 'marquee-faults-'));
  try {
    const places = workPlaces(workDir);
    await prepareService({ subject, places, seed, backend: backend.name, progress });
    const { dataset, small, rng } = subject;
    const suffering = {
      ...{ workDir, small, progress, rng: rng.fork('faults'), commandLine: await options.commandLine() },
      long: options.long === true,
      ...{ memberIds: dataset.members.ids, titleIds: dataset.titles.ids },
    };
    const rows: StageRow[] = hasRedisServer()
      ? [...(await measureRedisFaults(suffering)), ...(await measureStoreOverhead(suffering))]
      : [{ stage: 'redis', absent: 'faults of Redis: redis-server is not on the PATH' }];
    rows.push(...(await measureSmuggling(suffering)), ...(await measureFuzz(suffering)));
    rows.push(...(await measureSlowClients(suffering)), ...(await measureShutdown(suffering)));
    rows.push(...(await measureSoak(suffering)));
    rows.push(...(await measurePublishCrashes(suffering)));
    rows.push(...(await measureDamage(suffering)));
    rows.push(...(await measureHotSwaps(suffering)));
    rows.push(...(await measureIngestCrashes(suffering)));
    const histories = await measureEventHistories({ small, rng: rng.fork('histories') });
    rows.push({ stage: 'events', measurement: histories });
    if (subject.world !== undefined) rows.push(...(await measureCanaries(suffering)));
    return { backend: backend.name, rows };
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
};

export default faults;
