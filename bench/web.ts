import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StageRow } from '../src/domain/measurement.ts';
import { prepareService } from '../src/experiments/demo.ts';
import { startServerProcess } from '../src/experiments/server-process.ts';
import { openSubject } from '../src/experiments/subject.ts';
import { workPlaces } from '../src/serving/work-places.ts';
import { useBackend } from '../src/tensor/backend.ts';
import type { Suite } from './contract.ts';
import { measureArtworkImages } from './web/artwork-images.ts';
import { browserPath, openBrowser } from './web/browser.ts';
import { measureFindings } from './web/findings.ts';
import { measureFirstPage } from './web/first-page.ts';
import { measureInteractions } from './web/interactions.ts';

/** The homepage in a real browser, against a server in a process of its own: how soon, how light, how quick, how sound. */
const web: Suite = async (options) => {
  const { progress, seed, threads, small } = options;
  const backend = await useBackend({ threads });
  const subject = await openSubject(options);
  const workDir = mkdtempSync(join(tmpdir(), 'marquee-web-'));
  try {
    await prepareService({ subject, places: workPlaces(workDir), seed, backend: backend.name, progress });
    const server = await startServerProcess({ workDir, commandLine: await options.commandLine() });
    try {
      const { dataset } = subject;
      const rows: StageRow[] = await inBrowser({ url: server.url, small, memberIds: dataset.members.ids });
      const images = await measureArtworkImages({
        ...{ origin: server.url, catalogue: dataset, small, rng: subject.rng.fork('images') },
      });
      return { backend: backend.name, rows: [...rows, ...images] };
    } finally {
      await server.close();
    }
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
};

const inBrowser = async (options: {
  readonly url: string;
  readonly small: boolean;
  readonly memberIds: readonly string[];
}): Promise<StageRow[]> => {
  if (browserPath() === undefined) {
    const names = ['web.lcp', 'web.homepage.kib', 'web.inp.p95', 'web.axe.serious'];
    return names.map((name) => ({ stage: 'web', absent: `${name}: no Chromium is on the PATH` }));
  }
  const browser = await openBrowser();
  try {
    const measurements = [
      ...(await measureFirstPage(browser, options)),
      await measureInteractions(browser, options),
      await measureFindings(browser, options),
    ];
    return measurements.map((measurement) => ({ stage: 'web', measurement }));
  } finally {
    await browser.close();
  }
};

export default web;
