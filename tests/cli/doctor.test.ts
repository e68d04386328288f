import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { recordingShell } from './recording-shell.ts';

const folder = mkdtempSync(join(tmpdir(), 'marquee-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('finds a machine that runs the tests fit to run Marquee, and leaves nothing behind', async () => {
  const { shell, out, err } = recordingShell();
  expect(await run(['doctor', '--work-dir', join(folder, 'not', 'yet')], shell)).toBe(0);
  expect(err).toEqual([]);
  expect(out).toContain(`ok    node         ${process.versions.node}`);
  for (const line of out) expect(line).toMatch(/^ok {4}\S/);
  expect(readdirSync(folder)).toEqual([]);
});

it('names what is wrong, looks on, and fails', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const { shell, out } = recordingShell();
  expect(await run(['doctor', '--work-dir', join(file, 'work')], shell)).toBe(1);
  expect(out.filter((line) => line.startsWith('FAIL'))).toEqual([expect.stringContaining('ENOTDIR')]);
  expect(out.filter((line) => line.startsWith('ok')).length).toBeGreaterThan(3);
});
