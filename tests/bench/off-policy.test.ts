import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { measureRealLogs } from '../../bench/bandits/real-logs.ts';
import { createSyntheticBandit, learnTarget } from '../../bench/bandits/synthetic-log.ts';
import { createWorldBandit } from '../../bench/bandits/world-log.ts';
import { createWorldSlates } from '../../bench/bandits/world-slates.ts';
import type { SuiteOptions } from '../../bench/contract.ts';
import { silentProgress } from '../../src/domain/progress.ts';
import { createRng } from '../../src/domain/rng.ts';
import type { Contributions } from '../../src/evaluation/off-policy/contract.ts';
import { ips } from '../../src/evaluation/off-policy/estimators.ts';
import { cascadeDr, independentIps, slateIps } from '../../src/evaluation/off-policy/slates.ts';
import { weighLog } from '../../src/evaluation/off-policy/weigh.ts';
import { standardError } from '../../src/math/statistics.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';

/** IPS is without bias, so it comes as near to a truth that is one as its standard error says: here 4 of them. */
const expectNear = ({ value, influences }: Contributions, truth: number): void => {
  expect(Math.abs(value - truth)).toBeLessThan(4 * standardError(influences));
  expect(standardError(influences)).toBeLessThan(0.1 * truth);
};

describe('logs of a known truth', () => {
  it('worlds: artworks', () => {
    const { truth, draw } = createWorldBandit(3);
    const { log, target } = draw(20_000, createRng(1));
    expectNear(ips(weighLog(log, target)), truth);
  });

  it('worlds: rows of titles', () => {
    const { truth, draw } = createWorldSlates(3, createRng(1));
    const { log, predictions } = draw(4_000, createRng(2));
    for (const parts of [slateIps(log), independentIps(log), cascadeDr(log, predictions)])
      expectNear(parts, truth);
  });

  it('the published synthetic bandit', () => {
    const draw = createSyntheticBandit(createRng(4));
    const policy = learnTarget(draw(500));
    const { log, contexts, expected } = draw(3_000);
    const weighed = weighLog(log, policy(contexts));
    const truth = weighed.target.reduce((sum, p, at) => sum + p * expected[at], 0) / weighed.n;
    expect(truth).toBeGreaterThan(0.55); // logits are 0.5 on average
    expectNear(ips(weighed), truth);
  });
});

const options = (data: string | undefined): SuiteOptions => ({
  seed: 1,
  small: true,
  ...(data === undefined ? {} : { data }),
  commandLine: () => Promise.resolve([]),
  progress: silentProgress,
});

const upworthyFile = (folder: string): void => {
  mkdirSync(join(folder, 'upworthy'), { recursive: true });
  const test = (id: string, week: number, kind: 'image' | 'headline'): string[] =>
    [30, 2, 3].map((clicks, arm) => {
      const [image, headline] = kind === 'image' ? [arm, 0] : [0, arm];
      return `${id},${week},h${headline},i${image},300,${clicks}`;
    });
  writeFileSync(
    join(folder, 'upworthy', 'part.csv'),
    [
      'clickability_test_id,test_week,headline,eyecatcher_id,impressions,clicks',
      ...['a', 'b', 'c', 'd'].flatMap((id) => test(`image-${id}`, 201_420, 'image')),
      ...['a', 'b', 'c'].flatMap((id) => test(`headline-${id}`, 201_420, 'headline')),
      ...test('doubted', 201_330, 'image'),
    ].join('\n'),
  );
};

describe('measureRealLogs', () => {
  it('says why there is nothing to measure', async () => {
    for (const data of [undefined, temporaryFolder()]) {
      const rows = await measureRealLogs(options(data));
      expect(rows.map(({ stage }) => stage)).toEqual(['open bandit', 'upworthy']);
      for (const row of rows) expect('absent' in row && row.absent).toMatch(data ?? /no folder of data/);
    }
  });

  it('gains most of what the winner would where the winner is plain, without the tests that are doubted', async () => {
    const folder = temporaryFolder();
    upworthyFile(folder);
    const rows = await measureRealLogs(options(folder));
    const share = rows.flatMap((row) => ('measurement' in row ? [row.measurement] : []));
    expect(share.map(({ name, n }) => [name, n])).toEqual([
      ['upworthy.image.gain-share', 4],
      ['upworthy.image.best-found', 4],
      ['upworthy.image.held-out-gain-share', 4],
    ]);
    expect(share[0].value).toBeGreaterThan(0.5);
    expect(share[0].value).toBeLessThan(1);
    expect(share[1].value).toBe(1);
  });

  it('tells which line of a file is bad, and measures the others', async () => {
    const folder = temporaryFolder();
    upworthyFile(folder);
    writeFileSync(
      join(folder, 'upworthy', 'bad.csv'),
      'clickability_test_id,test_week,headline,eyecatcher_id,impressions,clicks\na,201420,h,i,1,2\n',
    );
    const rows = await measureRealLogs(options(folder));
    expect(rows.flatMap((row) => ('absent' in row ? [row.absent] : [])).join()).toMatch(
      /bad\.csv:2: clicks: got "2"/,
    );
    expect(rows.filter((row) => 'measurement' in row)).toHaveLength(3);
  });
});
