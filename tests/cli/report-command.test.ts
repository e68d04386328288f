import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';
import { measured, resultOf } from '../reporting/measured.ts';
import { recordingShell } from './recording-shell.ts';

const root = temporaryFolder();

it('report writes one page from what benches wrote, and nothing from what is damaged', async () => {
  const [file, out] = [join(root, 'ranking.json'), join(root, 'page.html')];
  writeFileSync(
    file,
    JSON.stringify(resultOf('ranking', [measured('ranker.share', 0.5, { pass: true, budget: 0.4 })])),
  );
  const good = recordingShell();
  expect(await run(['report', file, '--out', out], good.shell)).toBe(0);
  expect(good.out).toEqual([`written to ${out}`]);
  expect(readFileSync(out, 'utf8')).toContain('<h2>ranking</h2>');

  const bad = recordingShell();
  writeFileSync(file, '{"suite": 7}');
  expect(await run(['report', file, '--out', join(root, 'none.html')], bad.shell)).toBe(2);
  expect(bad.err.join('\n')).toContain(`${file}: suite: got 7, expected text`);
  const nowhere = recordingShell();
  expect(await run(['report', file, '--out', join(root, 'no', 'x.html')], nowhere.shell)).toBe(2);
});
