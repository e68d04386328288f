/** Policies judged on logs of real clicks: what a bandit that really ran was worth, and what one would have gained. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findOpenBanditCampaigns } from '../../datasets/open-bandit.ts';
import { isDoubted, readUpworthyTests, type UpworthyTest, variedIn } from '../../datasets/upworthy.ts';
import { MarqueeError } from '../../src/domain/errors.ts';
import type { StageRow } from '../../src/domain/measurement.ts';
import { measureOpenBandit } from '../../src/experiments/open-bandit-stage.ts';
import type { SuiteOptions } from '../contract.ts';
import { measureUpworthy } from './upworthy.ts';

const STAGES = { openBandit: 'open bandit', upworthy: 'upworthy' } as const;
/** `--small` takes as many tests of each kind. */
const SMALL_TESTS = 60;

/**
 * The rows of every Open Bandit folder and every file of Upworthy tests that the folder of data or a folder in it
 * holds. What is not there, or cannot be read, says so in a row of its own.
 */
export const measureRealLogs = async ({ data, seed, small, progress }: SuiteOptions): Promise<StageRow[]> => {
  if (data === undefined || statSync(data, { throwIfNoEntry: false })?.isDirectory() !== true) {
    const got = data === undefined ? 'no folder of data was found' : `${data}: no such folder`;
    const absent = `${got}; --data names one`;
    return Object.values(STAGES).map((stage) => ({ stage, absent }));
  }
  const folders = [data, ...subFolders(data)];
  const campaigns = folders.flatMap(findOpenBanditCampaigns);
  const openBandit = await rowsOf(
    STAGES.openBandit,
    `${data}: holds no campaign under both random and bts`,
    campaigns,
    (campaign) => measureOpenBandit(campaign, seed),
  );
  const upworthy = await rowsOf(
    STAGES.upworthy,
    `${data}: holds no folder upworthy with tests in a CSV file`,
    upworthyFiles(folders),
    async (path) => {
      const { image, headline } = await testsIn(path);
      const first = (tests: readonly UpworthyTest[]) => (small ? tests.slice(0, SMALL_TESTS) : tests);
      return measureUpworthy({ image: first(image), headline: first(headline) }, { seed, small, progress });
    },
  );
  return [...openBandit, ...upworthy];
};

const rowsOf = async <T>(
  stage: string,
  absent: string,
  sources: readonly T[],
  measure: (source: T) => Promise<StageRow[]>,
): Promise<StageRow[]> => {
  if (sources.length === 0) return [{ stage, absent }];
  const rows: StageRow[] = [];
  for (const source of sources) {
    try {
      rows.push(...(await measure(source)));
    } catch (thrown) {
      if (!(thrown instanceof MarqueeError) || thrown.kind === 'bug') throw thrown;
      rows.push({ stage, absent: thrown.message });
    }
  }
  return rows;
};

const subFolders = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(dir, name))
    .sort();

const upworthyFiles = (folders: readonly string[]): string[] =>
  folders
    .filter((folder) => /upworthy/i.test(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => path.endsWith('.csv'))
    .sort();

/** Tests of images alone and of headlines alone whose randomisation is not doubted. */
const testsIn = async (path: string) => {
  const tests = (await readUpworthyTests(path)).filter((test) => !isDoubted(test));
  const of = (kind: 'image' | 'headline'): UpworthyTest[] => tests.filter((test) => variedIn(test) === kind);
  return { image: of('image'), headline: of('headline') };
};
