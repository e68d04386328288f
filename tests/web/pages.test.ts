import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { webFolder } from '../../src/cli/web-bundle.ts';
import { encodingFor, openWebFiles } from '../../src/serving/http/web-files.ts';
import { registerWebRoutes } from '../../src/serving/routes/web-routes.ts';
import type { RunningServer } from '../../src/serving/server.ts';
import { startServing } from '../serving/serving-fixture.ts';
import { servePages } from './serve-pages.ts';
import { describeWithBrowser, PHONE } from './with-browser.ts';

it('sends each file compressed as the browser takes it, and for ever but for the page itself', async () => {
  const { app } = await startServing();
  registerWebRoutes(app, openWebFiles(await webFolder()));
  const page = await app.inject({ url: '/', headers: { 'accept-encoding': 'gzip, deflate, br' } });
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-encoding': 'br',
    'cache-control': 'no-cache',
  });
  const html = brotliDecompressSync(page.rawPayload).toString();
  const [, script] = /<script type="module" src="([^"]+)">/.exec(html)!;
  const sent = await app.inject({ url: script, headers: { 'accept-encoding': 'gzip' } });
  expect(sent.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'content-encoding': 'gzip',
    'cache-control': 'public, max-age=31536000, immutable',
  });
  const unchanged = await app.inject({ url: '/', headers: { 'if-none-match': page.headers.etag as string } });
  expect([unchanged.statusCode, unchanged.payload]).toEqual([304, '']);
  await app.close();
});

it('lets a page load from its own server alone, and no script or style stand in the page', async () => {
  const { app } = await startServing();
  registerWebRoutes(app, openWebFiles(await webFolder()));
  const { headers, payload } = await app.inject('/');
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|http|\*|data:/);
  expect(payload).not.toMatch(/<style|<script(?![^>]* src=)|\son\w+=|https?:/);
  await app.close();
});

it('takes the best encoding that is not refused', () => {
  expect(encodingFor('gzip, deflate, br')).toBe('br');
  expect(encodingFor('br;q=0, gzip;q=0.5')).toBe('gzip');
  expect(encodingFor('BR ; q=1')).toBe('br');
  expect(encodingFor('deflate')).toBe('identity');
  expect(encodingFor(undefined)).toBe('identity');
});

describeWithBrowser('each page', (eyes) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await servePages();
  });
  afterAll(() => server?.close());

  it.each(['/'])('%s is drawn without a complaint, on a phone too', async (path) => {
    for (const options of [{}, PHONE]) {
      const { page, complaints } = await eyes.open(`${server.url}${path}`, options);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(complaints).toEqual([]);
      await page.close();
    }
  });
});
