import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

it('runs from any folder, writes its error beside the output, and leaves with its exit code', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'marquee-cli-'));
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', tsx, bin, 'demo', '--smal'], {
      cwd: elsewhere,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /^marquee: unknown flag '--smal' of 'marquee demo', .*did you mean '--small'\?\n$/,
    );
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

it('does not fall over when its reader has seen enough', () => {
  const script = '"$0" --import "$2" "$1" doctor | true; exit "$PIPESTATUS"';
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, bin, tsx], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: '',
    stderr: '',
  });
});
