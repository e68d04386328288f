import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';
import type { BenchResult } from '../../src/domain/measurement.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';
import { recordingShell } from './recording-shell.ts';

const root = temporaryFolder();

/** Two items: the random log shows each half of the time, the other shows item 1 in three of four rounds. */
const writeLog = (policy: 'random' | 'bts', shown: readonly number[]): void => {
  const folder = join(root, 'logs', policy, 'shoes');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'item_context.csv'), 'item_id\n0\n1\n');
  const rows = Array.from({ length: 400 }, (_, i) => {
    const item = shown[i % shown.length];
    const propensity = shown.filter((other) => other === item).length / shown.length;
    const click = item === 1 ? Number(i % 40 < 20) : Number(i % 40 < 4);
    return `${item},1,${click},${propensity}`;
  });
  writeFileSync(join(folder, 'shoes.csv'), `item_id,position,click,propensity_score\n${rows.join('\n')}\n`);
};

it('off-policy prints what each policy is worth by the other, and writes what it printed', async () => {
  writeLog('random', [0, 1]);
  writeLog('bts', [0, 1, 1, 1]);
  const json = join(root, 'figures.json');
  const { shell, out, err } = recordingShell();
  expect(await run(['off-policy', '--log', join(root, 'logs'), '--json', json], shell)).toBe(0);
  expect(err).toEqual([]);
  expect(out.join('\n')).toContain('rounds with');
  const { suite, measurements } = JSON.parse(readFileSync(json, 'utf8')) as BenchResult;
  expect(suite).toBe('off-policy');
  const figure = (name: string) => measurements.find((measurement) => measurement.name === name)?.value;
  // item 1 is clicked half of the time, item 0 in a tenth: 3/4 of 0.5 and 1/4 of 0.1
  expect(figure('open-bandit.shoes.bts.IPS')).toBeCloseTo(0.4, 10);
  expect(figure('open-bandit.shoes.bts.on-policy')).toBeCloseTo(0.4, 10);
  expect(figure('open-bandit.shoes.random.SNIPS')).toBeCloseTo(0.3, 10);
});

it('off-policy says what it expected of a folder without logs', async () => {
  const { shell, err } = recordingShell();
  expect(await run(['off-policy', '--log', root], shell)).toBe(2);
  expect(err.join()).toMatch(
    /--log: got '.*', expected a folder with logs of a campaign under both random and bts/,
  );
});
