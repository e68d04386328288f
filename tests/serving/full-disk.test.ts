import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';
import { describeWith } from '../real-parts.ts';

const folder = temporaryFolder();
describeWith('prlimit', 'an LMDB store whose disk is full', () => {
  it('refuses writes, is read as before, and takes them when there is room again', () => {
    const script = join(import.meta.dirname, 'fill-disk.ts');
    const args = ['--import', 'tsx', script, join(folder, 'store')];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const said = JSON.parse(stdout.trim().split('\n').at(-1) ?? '[]');
    const refused = Array.from({ length: 4 }, () => 'dependency');
    expect(said).toEqual(['kept', ...refused, 'readable', 'kept', 'nothing of it']);
    expect(status).toBe(0);
  });
});
