import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDataset } from '../../datasets/arrow-tables.ts';
import { simulateDataset } from '../../datasets/simulate.ts';
import { temporalSplit } from '../../datasets/split.ts';
import { run } from '../../src/cli/run.ts';
import type { BenchResult } from '../../src/domain/measurement.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';
import { recordingShell } from './recording-shell.ts';

const root = temporaryFolder();

it('evaluate prints each metric with its definition, and writes what it printed', async () => {
  const dir = join(root, 'pairs of a taste');
  mkdirSync(dir);
  const users = Array.from({ length: 30 }, (_, user) => user);
  const items = (user: number): number[] => [0, 1, 2, 3].map((i) => 10 * (user % 3) + ((i + user) % 4));
  writeFileSync(join(dir, 'train.txt'), users.map((u) => `${u} ${items(u).slice(1).join(' ')}\n`).join(''));
  writeFileSync(join(dir, 'test.txt'), users.map((u) => `${u} ${items(u)[0]}\n`).join(''));
  const json = join(root, 'figures.json');

  const { shell, out, err } = recordingShell();
  const words = ['evaluate', '--data', dir, '--model', 'item-knn,ease', '--k', '3', '--json', json];
  expect(await run(words, shell)).toBe(0);
  expect(err).toEqual([]);
  const text = out.join('\n');
  expect(text).toContain('recall@3: share of the user');
  expect(text).toContain('full ranking of 12 items');
  expect(text).toContain('two-sided p');

  const { suite, seed, measurements } = JSON.parse(readFileSync(json, 'utf8')) as BenchResult;
  expect({ suite, seed }).toEqual({ suite: 'evaluate', seed: 42 });
  const recall = measurements.find(({ name }) => name === 'pairs-of-a-taste.item-knn.recall@3');
  expect(recall).toMatchObject({ value: 1, n: 30, unit: 'share' });
});

it('evaluate takes a dataset of ours too, cut in time, by the same definitions', async () => {
  const dir = join(root, 'world');
  await simulateDataset(dir, { config: { seed: 2, titles: 120, members: 60, days: 12, visitsPerDay: 0.8 } });
  const json = join(root, 'world.json');
  const { shell, out, err } = recordingShell();
  const words = ['evaluate', '--dataset', dir, '--model', 'item-knn', '--k', '10', '--json', json];
  expect(await run(words, shell)).toBe(0);
  expect(err).toEqual([]);
  expect(out.join('\n')).toContain('first plays of the last 10 % of the plays held out');

  const { dataset } = await openDataset(dir);
  const { testStart } = temporalSplit(dataset);
  const [before, after] = [new Set<string>(), new Map<number, Set<number>>()];
  dataset.plays.time.forEach((time, row) => {
    const [member, title] = [dataset.plays.member[row], dataset.plays.title[row]];
    if (time < testStart) before.add(`${member}/${title}`);
    else if (!before.has(`${member}/${title}`))
      after.set(member, (after.get(member) ?? new Set()).add(title));
  });
  const { measurements } = JSON.parse(readFileSync(json, 'utf8')) as BenchResult;
  const recall = measurements.find(({ name }) => name.endsWith('.item-knn.recall@10'));
  expect(recall?.n).toBe(after.size);
  expect(recall?.definition).toContain('divides by all test items');
});

it.each([[[]], [['--data', 'a', '--dataset', 'b']]])('evaluate wants one folder: %j', async (flags) => {
  const { shell, err } = recordingShell();
  expect(await run(['evaluate', ...flags, '--model', 'ease'], shell)).not.toBe(0);
  expect(err.join('\n')).toMatch(/got (neither|both) of --data and --dataset/);
});
