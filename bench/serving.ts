import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareService } from '../src/experiments/demo.ts';
import { measureServing } from '../src/experiments/serving-stage.ts';
import { openSubject } from '../src/experiments/subject.ts';
import { workPlaces } from '../src/serving/work-places.ts';
import { useBackend } from '../src/tensor/backend.ts';
import type { Suite } from './contract.ts';
import { measureFreshness } from './serving/freshness.ts';
import { measureIngest } from './serving/ingest.ts';
import { measurePages } from './serving/pages.ts';

const serving: Suite = async (options) => {
  const { progress, seed, commandLine } = options;
  const backend = await useBackend({ threads: options.threads });
  const subject = await openSubject(options);
  const workDir = mkdtempSync(join(tmpdir(), 'marquee-bench-'));
  try {
    const places = workPlaces(workDir);
    await prepareService({ subject, places, seed, backend: backend.name, progress });
    const { dataset, small, rng } = subject;
    const rows = await measureServing({ workDir, small, commandLine, rng, progress });
    const events = {
      ...{ workDir, small, progress, rng: rng.fork('events'), commandLine: await commandLine() },
      ...{ memberIds: dataset.members.ids, titleIds: dataset.titles.ids },
    };
    rows.push(...(await measurePages(events)));
    rows.push(...(await measureIngest(events)), ...(await measureFreshness(events)));
    return { backend: backend.name, rows };
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
};

export default serving;
