import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { seriousFindings } from '../../bench/web/axe.ts';
import { reportPage } from '../../src/reporting/report-page.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';
import { measured, resultOf } from '../reporting/measured.ts';
import { describeWithBrowser, PHONE } from './with-browser.ts';

const root = temporaryFolder();
const figures = (p99: number) => [
  measured('homepage.http.p99', p99, {
    ...{ unit: 'ms', n: 500, budget: 100, sense: 'at-most', ci: [p99 - 5, p99 + 5], pass: p99 <= 100 },
    series: [
      { kind: 'latency', line: 'homepage.http.p99', x: [10, 50, 100, 200], y: [0.4, 0.5, 0.09, 0.01] },
    ],
  }),
  measured('two-tower.recall@100', 0.3, {
    ...{ ci: [0.28, 0.32], baselines: [{ name: 'popularity', value: 0.1 }] },
    series: ['two-tower', 'popularity'].map((line, i) => ({
      ...({ kind: 'recall-at-k', line } as const),
      x: [1, 10, 100],
      y: [0.02 - 0.01 * i, 0.1 - 0.03 * i, 0.3 - 0.2 * i],
    })),
  }),
  measured('intervals.coverage', 0.94, { ci: [0.92, 0.96] }),
];

describeWithBrowser('the report, opened from disk', (eyes) => {
  const url = pathToFileURL(join(root, 'report.html')).href;
  beforeAll(async () => {
    const runs = [
      { file: 'before.json', result: resultOf('serving', figures(120)) },
      { file: 'after.json', result: resultOf('serving', figures(60)) },
    ];
    writeFileSync(new URL(url), await reportPage(runs));
  });

  it.each([
    ['light', {}],
    ['dark', {}],
    ['dark-phone', PHONE],
  ])('is drawn without a complaint: %s', async (name, device) => {
    const colorScheme = name.startsWith('dark') ? 'dark' : 'light';
    const { page, complaints } = await eyes.open(url, {
      viewport: { width: 1280, height: 800 },
      colorScheme,
      ...device,
    });
    const charts = page.getByRole('img').filter({ visible: true });
    await charts.first().waitFor();
    expect(await charts.count()).toBe(await page.locator('section.chart').count());
    const root = 'document.documentElement';
    expect(await page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`)).toBeLessThanOrEqual(0);
    expect(await seriousFindings(page)).toEqual([]);
    await eyes.keep(page, `report-${name}`);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows the numbers of a chart one click away, by keyboard too, and saves them', async () => {
    const { page } = await eyes.open(url);
    const chart = page.locator('section.chart', { hasText: 'Recall@K' });
    const cell = chart.getByRole('cell', { name: '0.02', exact: true });
    expect(await cell.isVisible()).toBe(false);
    await chart.locator('summary').focus();
    await page.keyboard.press('Enter');
    await cell.waitFor();
    const saving = page.waitForEvent('download');
    await chart.getByRole('link', { name: /CSV/ }).click();
    expect((await saving).suggestedFilename()).toBe('suite-1-recall.csv');
    await page.close();
  });
});
