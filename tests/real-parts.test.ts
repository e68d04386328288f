import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const VITEST = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const PARTS = ['redis-server', 'chromium', 'prlimit'];
const FILES = [
  'tests/serving/redis-store.test.ts',
  'tests/web/homepage.test.ts',
  'tests/serving/full-disk.test.ts',
];

const folder = mkdtempSync(join(tmpdir(), 'marquee-bare-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Tests that need each of the parts, on a machine that has none of them. */
const onBareMachine = (inCi: boolean) => {
  const { CI: _, ...env } = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')),
  );
  const args = [VITEST, 'run', '--reporter=verbose', '--no-color', ...FILES];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...env, PATH: folder, ...(inCi ? { CI: 'true' } : {}) },
  });
  return { status, said: stdout + stderr };
};

describe('tests whose part is away', () => {
  it('fail in CI, each naming the part', () => {
    const { status, said } = onBareMachine(true);
    expect(status, said).toBe(1);
    for (const part of PARTS) expect(said).toContain(`${part} is not on the PATH, expected it in CI`);
    expect(said).not.toMatch(/\d+ skipped/);
  });

  it('are left out elsewhere, and say what and why', () => {
    const { status, said } = onBareMachine(false);
    expect(status, said).toBe(0);
    for (const part of PARTS)
      expect(said).toMatch(new RegExp(`\\(needs ${part}\\).*${part} is not on the PATH`));
    expect(said).not.toMatch(/\d+ failed/);
  });
});
