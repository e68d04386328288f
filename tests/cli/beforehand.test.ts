import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { expectFolder, expectFreePort } from '../../src/cli/beforehand.ts';
import { HOST } from '../../src/cli/options.ts';
import { run } from '../../src/cli/run.ts';
import { recordingShell } from './recording-shell.ts';

const folder = mkdtempSync(join(tmpdir(), 'marquee-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a port in use ends the demo before its work, not after', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen({ host: HOST, port: 0 }, resolve));
  const { port } = taken.address() as AddressInfo;
  const { shell, out, err } = recordingShell();
  const exitCode = await run(['demo', '--port', String(port), '--work-dir', folder], shell);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: [] });
  expect(err).toEqual([
    `marquee: --port: got ${port}, which ${HOST} refuses (EADDRINUSE), expected a free one`,
  ]);
  await new Promise((resolve) => taken.close(resolve));
  await expectFreePort(HOST, port); // and the question itself leaves it free
  await expectFreePort(HOST, port);
});

it('a work folder is left to who writes in it, and one that cannot be made ends the demo before its work', async () => {
  const deep = join(folder, 'a', 'b');
  expectFolder('--work-dir', deep);
  expect(existsSync(join(folder, 'a'))).toBe(false);
  expectFolder('--work-dir', folder); // one that is there stays
  expect(existsSync(folder)).toBe(true);

  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const dir of [file, join(file, 'work')]) {
    const { shell, err } = recordingShell();
    expect(await run(['demo', '--work-dir', dir], shell)).toBe(2);
    expect(err).toEqual([
      expect.stringMatching(/^marquee: --work-dir: got '.*' \((EEXIST|ENOTDIR)\), expected a folder/),
    ]);
  }
});

it('serving a work folder where nothing was published says how to publish', async () => {
  const { shell, out, err } = recordingShell();
  const exitCode = await run(['serve', '--work-dir', join(folder, 'nothing')], shell);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: [] });
  expect(err).toEqual([expect.stringContaining('npm run demo')]);
});
