import { expect, test } from 'vitest';
import { reportText } from '../../src/cli/report.ts';
import type { Measurement } from '../../src/domain/measurement.ts';

const HEAD = {
  suite: 'quality',
  command: 'npm run bench -- quality',
  commit: '0123456789abcdef',
  seed: 42,
  backend: 'simd',
  machine: { cpu: 'a | processor', cores: 2, node: '20.19.0', loadAverage: 0.1 },
};

const recall: Measurement = {
  name: 'a.recall@20',
  value: 0.1234,
  unit: 'share',
  n: 1_000,
  ci: [0.12, 0.13],
  baselines: [{ name: 'popularity', value: 0.05 }],
  definition: 'share found',
  protocol: 'full ranking',
  budget: 0.1,
  sense: 'at-least',
  pass: true,
};

test('each stage has its table, what was left out, and each definition once', () => {
  const page = reportText(
    [
      { stage: 'one', measurement: recall },
      { stage: 'one', measurement: { ...recall, name: 'b.recall@20', pass: false } },
      { stage: 'one', measurement: { name: 'c|d', value: 3, unit: 's', n: 1, definition: 'time of a fit' } },
      { stage: 'two', absent: 'no impressions' },
    ],
    HEAD,
  );
  expect(page).toContain(
    'Written by `npm run bench -- quality`; not to be edited by hand. Commit 0123456789ab, seed 42',
  );
  expect(page).toContain(
    '| `a.recall@20` | 0.1234 [0.1200, 0.1300] | 1,000 | popularity 0.0500 | >= 0.100 | pass |\n| `b.recall@20`',
  );
  expect(page).toContain('| **missed** |');
  expect(page).toContain('| `c\\|d` | 3 s | 1 |  |  |  |');
  expect(page).toContain('- `a.recall@20`, `b.recall@20`: share found');
  expect(page).toContain('- `c|d`: time of a fit');
  expect(page.split('share found').length).toBe(2);
  expect(page.endsWith('## two\n\nLeft out: no impressions.\n')).toBe(true);
});
