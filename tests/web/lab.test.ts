/** The lab as a person sees it, over the planted world; its experiments run in the process that a server starts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seriousFindings } from '../../bench/web/axe.ts';
import { createLabProcess } from '../../src/cli/lab/lab-process.ts';
import { webFolder } from '../../src/cli/web-bundle.ts';
import { openWebFiles } from '../../src/serving/http/web-files.ts';
import { registerLabRoutes } from '../../src/serving/routes/lab-routes.ts';
import { registerWebRoutes } from '../../src/serving/routes/web-routes.ts';
import { type RunningServer, startServer } from '../../src/serving/server.ts';
import { workPlaces } from '../../src/serving/work-places.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';
import { measured, resultOf } from '../reporting/measured.ts';
import { startServing } from '../serving/serving-fixture.ts';
import { DESKTOP, describeWithBrowser, PHONE } from './with-browser.ts';

const workDir = temporaryFolder();
let server: RunningServer;
beforeAll(async () => {
  mkdirSync(workDir, { recursive: true });
  const series = (line: string, y: readonly number[]) => [
    { kind: 'recall-at-k', line, x: [1, 10, 100], y } as const,
  ];
  writeFileSync(
    workPlaces(workDir).results,
    JSON.stringify(
      resultOf('demo', [
        measured('two-tower.recall@100', 0.3, { series: series('two-tower', [0.01, 0.1, 0.3]) }),
        measured('random.recall@100', 0.05, { series: series('random', [0.001, 0.005, 0.05]) }),
      ]),
    ),
  );
  const { app } = await startServing();
  registerWebRoutes(app, openWebFiles(await webFolder()));
  const main = [
    '--import',
    import.meta.resolve('tsx'),
    new URL('../../src/cli/main.ts', import.meta.url).pathname,
  ];
  registerLabRoutes(app, createLabProcess({ workDir, commandLine: async () => main }));
  await app.ready();
  server = await startServer(app, { host: '127.0.0.1', port: 0, signals: [] });
});
afterAll(() => server?.close());

it('says which charts there are, and of an unknown one that it is none', async () => {
  const { charts } = (await (await fetch(`${server.url}/v1/lab/charts`)).json()) as {
    charts: { id: string }[];
  };
  expect(charts.map(({ id }) => id)).toContain('regret');
  const unknown = await fetch(`${server.url}/v1/lab/charts/pie`);
  expect(unknown.status).toBe(404);
  expect(await unknown.text()).toContain('id: got \\"pie\\", expected one of recall, ');
  expect((await fetch(`${server.url}/v1/lab/charts/recall?width=9`)).status).toBe(400);
});

it('gives a chart as files, whose numbers are those that were measured', async () => {
  const svg = await fetch(`${server.url}/v1/lab/charts/recall/svg`);
  expect(svg.headers.get('content-disposition')).toBe('attachment; filename="recall.svg"');
  expect(await svg.text()).toMatch(/^<svg role="img"/);
  const csv = await (await fetch(`${server.url}/v1/lab/charts/recall/csv`)).text();
  expect(csv.split('\r\n').slice(0, 4)).toEqual([
    'line,K,recall',
    'two-tower,1,0.01',
    'two-tower,10,0.1',
    'two-tower,100,0.3',
  ]);
  const absent = await fetch(`${server.url}/v1/lab/charts/ndcg/csv`);
  expect([absent.status, await absent.text()]).toEqual([
    404,
    expect.stringContaining('a chart that is there'),
  ]);
});

describeWithBrowser('the lab', (eyes) => {
  it('runs an experiment when it is told to, and shows it going on', async () => {
    const { page, complaints } = await eyes.open(`${server.url}/lab`);
    const regret = page.locator('#regret');
    expect(await regret.getByRole('img').count()).toBe(0);
    await regret.getByRole('button', { name: /Run/ }).click();
    await regret.getByRole('img', { name: 'Regret of policies' }).waitFor();
    const said = regret.getByRole('paragraph').filter({ hasText: 'rounds' });
    const first = await said.textContent();
    await expect.poll(() => said.textContent(), { timeout: 30_000 }).not.toBe(first); // it learns while one looks
    expect(complaints).toEqual([]);
    await page.close();
  });

  it.each([
    ['dark', DESKTOP],
    ['light-phone', PHONE],
  ])('draws what was measured as it comes into view: %s', async (name, device) => {
    const colorScheme = name.startsWith('dark') ? 'dark' : 'light';
    const { page, complaints } = await eyes.open(`${server.url}/lab`, { ...device, colorScheme });
    const recall = page.locator('#recall');
    await recall.getByRole('img', { name: 'Recall@K' }).waitFor();
    await recall.getByRole('paragraph').filter({ hasText: 'At K = 100, two-tower finds 0.300' }).waitFor();
    await recall.locator('summary').click();
    await recall.getByRole('cell', { name: '0.005', exact: true }).waitFor();
    await page.locator('#ndcg').getByText('Nothing yet').waitFor();
    const root = 'document.documentElement';
    expect(await page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`)).toBeLessThanOrEqual(0);
    expect(await seriousFindings(page)).toEqual([]);
    await eyes.keep(page, `lab-${name}`);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
