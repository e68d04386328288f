import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { BenchResult } from '../../bench/result.ts';
import { run } from '../../src/cli/run.ts';
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
