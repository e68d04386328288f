import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { recordingShell } from './recording-shell.ts';

const folder = mkdtempSync(join(tmpdir(), 'marquee-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const says = async (...args: string[]) => {
  const { shell, out, err } = recordingShell();
  return { exitCode: await run(args, shell), out, err };
};

it('data simulate writes a dataset and says how large it is', async () => {
  const world = join(folder, 'world');
  const sizes = ['--titles', '60', '--members', '40', '--days', '5', '--seed', '0'];
  const { exitCode, out, err } = await says('data', 'simulate', '--out', world, ...sizes);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: [] });
  expect(out).toEqual([expect.stringContaining(`wrote ${world}: titles 60, members 40, `)]);
  expect(readdirSync(world)).toContain('manifest.json');
});

it('data import movielens writes a dataset and says how large it is', async () => {
  const from = join(folder, 'ml');
  const ratings = join(folder, 'ratings');
  mkdirSync(from);
  writeFileSync(join(from, 'movies.csv'), 'movieId,title,genres\n1,Toy Story (1995),Comedy|Children\n');
  writeFileSync(join(from, 'ratings.csv'), 'userId,movieId,rating,timestamp\n7,1,4.5,964982703\n');
  const { exitCode, out, err } = await says('data', 'import', 'movielens', '--from', from, '--out', ratings);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: [] });
  expect(out).toEqual([`wrote ${ratings}: titles 1, members 1, plays 1`]);
});

it.each([
  ['a missing folder', 'missing', 'no such folder'],
  ['a row with too few columns', 'short', 'ratings.csv:2'],
])('%s is one line, exit code 2, and nothing half-written', async (_, name, words) => {
  const from = join(folder, name);
  if (name === 'short') {
    mkdirSync(from);
    writeFileSync(join(from, 'movies.csv'), 'movieId,title,genres\n1,Toy Story (1995),Comedy\n');
    writeFileSync(join(from, 'ratings.csv'), 'userId,movieId,rating,timestamp\n7,1\n');
  }
  const target = join(folder, `from-${name}`);
  const { exitCode, out, err } = await says('data', 'import', 'movielens', '--from', from, '--out', target);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: [] });
  expect(err).toEqual([expect.stringContaining(words)]);
  expect(existsSync(target)).toBe(false);
  expect(readdirSync(folder).filter((entry) => entry.startsWith('.'))).toEqual([]);
});
