import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { besidePublished, measurePublished } from '../../bench/quality/published.ts';
import { publishedResults } from '../../bench/quality/published-results.ts';
import type { Measurement, StageRow } from '../../src/domain/measurement.ts';
import { silentProgress } from '../../src/domain/progress.ts';
import { createRng } from '../../src/domain/rng.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';

const root = temporaryFolder();

const put = (folder: string, files: Record<string, string>): void => {
  mkdirSync(join(root, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, folder, name), text);
};

const measure = (dir: string | undefined): Promise<StageRow[]> =>
  measurePublished(dir, {
    models: ['popularity'],
    small: true,
    threads: 1,
    rng: createRng(1),
    progress: silentProgress,
  });

describe('measurePublished', () => {
  it('measures every split it finds, and says what is left out and why', async () => {
    put('Pair', { 'train.txt': '0 1 2\n1 2 3\n', 'test.txt': '0 3\n1 1\n' });
    put('sequences', { 'a.txt': '0 1 2 3\n1 2 3 1\n', 'b.txt': '5 6 7 8\n9 7 6 5\n' });
    put('broken', { 'train.txt': '0 x\n', 'test.txt': '0 1\n' });
    put('tables', { 'ratings.csv': '1,2\n', 'README.txt': 'Summary\n' });
    const many = Array.from({ length: 450 }, (_, item) => item).join(' '); // 450 x 450 = 202,500 pairs
    put('large', {
      'train.txt': Array.from({ length: 450 }, (_, user) => `${user} ${many}\n`).join(''),
      'test.txt': '0 450\n',
    });

    const rows = await measure(root);
    const names = rows.flatMap((row) => ('measurement' in row ? [row.measurement.name] : []));
    const tops = names.filter((name) => name.includes('.popularity.ndcg'));
    expect(tops).toEqual(['pair.popularity.ndcg@20', 'a.popularity.ndcg@10', 'b.popularity.ndcg@10']);
    expect(new Set(rows.map(({ stage }) => stage))).toEqual(
      new Set(['pair', 'a', 'b', 'large', join(root, 'broken')]),
    );
    const absent = rows.flatMap((row) => ('absent' in row ? [row.absent] : []));
    expect(absent).toEqual([
      expect.stringContaining('train.txt:1: got "x"'),
      '202,500 training pairs, and --small stops at 200,000',
    ]);
  });

  it.each([
    [undefined, 'no folder of data was found; --data names a folder of them'],
    [join(root, 'gone'), 'gone: no such folder; --data names a folder of them'],
    [join(root, 'tables'), 'tables: holds none'],
  ])('%s', async (dir, absent) => {
    expect(await measure(dir)).toEqual([
      { stage: 'published splits', absent: expect.stringContaining(absent) },
    ]);
  });
});

describe('besidePublished', () => {
  const measurement: Measurement = { name: 'my-copy.item-knn.recall@20', value: 0.2, unit: 'share', n: 9 };
  const gowalla = publishedResults('520b60c3f9028a93475636a55a55b7e2c5d662a846fc8b4161894749fccdc421');

  it('holds a known split to its budgets under any name', () => {
    const row = besidePublished({ stage: 'my-copy', measurement }, 'my-copy', gowalla);
    expect(row).toMatchObject({ measurement: { budget: 0.95 * 0.157, sense: 'at-least', pass: true } });
    expect('measurement' in row && row.measurement.baselines).toContainEqual({
      name: 'published LightGCN',
      value: 0.183,
    });
  });

  it('leaves an unknown split, and a measure that nobody printed, as they are', () => {
    const row: StageRow = {
      stage: 'gowalla',
      measurement: { ...measurement, name: 'gowalla.item-knn.recall@20' },
    };
    expect(besidePublished(row, 'gowalla', publishedResults('0'.repeat(64)))).toEqual(row);
    const other: StageRow = { stage: 'x', measurement: { ...measurement, name: 'x.ease.gini@20' } };
    expect(besidePublished(other, 'x', gowalla)).toEqual(other);
  });
});
