/** The homepage as a person sees it, in a real browser over the planted world. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seriousFindings } from '../../bench/web/axe.ts';
import type { RunningServer } from '../../src/serving/server.ts';
import { servePages } from './serve-pages.ts';
import { DESKTOP, describeWithBrowser, PHONE } from './with-browser.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await servePages();
});
afterAll(() => server?.close());

const headings = (page: Page): Promise<string[]> => page.locator('.row h2').allTextContents();
const firstCard = (page: Page) => page.locator('.row .card button').first();

describeWithBrowser('the homepage', (eyes) => {
  const openAs = async (member: string, options = {}) => {
    const seen = await eyes.open(`${server.url}/?member=${member}`, options);
    await firstCard(seen.page).waitFor();
    return seen;
  };

  it('shows a billboard and rows of pictures, and asks nobody but its server', async () => {
    const { page, complaints } = await eyes.open('about:blank');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(server.url);
    await firstCard(page).waitFor();
    expect(await page.locator('.row').count()).toBeGreaterThan(2);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toMatch(/^Title \d+$/);
    await page.waitForLoadState('networkidle');
    for (const image of [page.locator('.billboard img'), firstCard(page).locator('img')]) {
      expect(await image.evaluate((drawn) => Number(Reflect.get(drawn, 'naturalWidth')))).toBeGreaterThan(0);
    }
    expect(asked.filter((url) => !url.startsWith(server.url))).toEqual([]);
    expect(complaints).toEqual([]);
    await eyes.keep(page, 'homepage');
    await page.close();
  });

  it('lets one be somebody else: one who tells something, or any by id', async () => {
    const { page } = await openAs('member-1');
    const before = await headings(page);
    await page.getByRole('button', { name: 'You are' }).click();
    await page.getByRole('button', { name: 'The newcomer' }).click();
    await page.getByRole('button', { name: 'You are The newcomer' }).waitFor();
    await page.getByRole('button', { name: 'You are' }).click();
    await page.getByLabel('Or any member, by id').fill('member-2');
    await page.getByRole('button', { name: 'Be them' }).click();
    await page.waitForURL(/member=member-2/);
    await expect.poll(() => headings(page)).not.toEqual(before);
    await page.close();
  });

  it('plays a title, and says on the next page what changed', async () => {
    const { page, complaints } = await openAs('member-3');
    const played = await page.getByRole('heading', { level: 1 }).textContent();
    await page.getByRole('button', { name: '▶ Play' }).click();
    await page.getByRole('slider', { name: 'How far it has played' }).waitFor();
    await page.getByRole('button', { name: 'Watch to the end' }).click();
    const note = page.locator('.note');
    await note.waitFor();
    expect(await note.textContent()).toContain(`After 100 % of “${played}”`);
    expect(await note.textContent()).toContain(`gone: “${played}”`);
    expect(await page.locator('.card .badge').count()).toBeGreaterThan(0);
    expect(await page.locator(`.card button[aria-label^="${played}:"]`).count()).toBe(0);
    expect(complaints).toEqual([]);
    await eyes.keep(page, 'after-a-play');
    await page.close();
  });

  it('lets a title be begun, and shows how much of it is left', async () => {
    const { page } = await openAs('member-4');
    await page.getByRole('button', { name: '▶ Play' }).click();
    await page.getByRole('slider').fill('40');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('heading', { name: 'Continue watching' }).waitFor();
    const watched = Number(await page.locator('.card progress').first().getAttribute('value'));
    expect(watched).toBeGreaterThan(0.35);
    expect(watched).toBeLessThan(0.9); // it goes on until Pause is pressed, which a busy machine is slow to do
    await page.close();
  });

  it('tells why a title stands there: sources, ranker, place and artworks', async () => {
    const { page } = await openAs('member-0');
    await page.getByRole('button', { name: 'Why this?' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('heading', { name: '4. Which artwork' }).waitFor();
    expect(await dialog.textContent()).toMatch(/popularity-order put it at no\. \d+ of \d+/);
    expect(await dialog.textContent()).toContain('It came into the pool by popularity');
    expect(await dialog.locator('.options li').count()).toBe(2);
    expect(await dialog.locator('.options .chosen').count()).toBe(1);
    await eyes.keep(page, 'why-this');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.close();
  });

  it('shows a stage that fails as degraded, and its recovery', async () => {
    const { page } = await openAs('member-5');
    await page.getByRole('button', { name: /ms of 100/ }).click();
    expect(await page.locator('.waterfall tbody tr').count()).toBe(7);
    await page.getByLabel('Make ranking').selectOption('fail');
    await page.locator('.note.bad').waitFor();
    expect(await page.locator('.note.bad').textContent()).toContain('ranking (dependency)');
    expect(await page.locator('tr[data-stage=ranking]').textContent()).toContain('its fallback was served');
    await eyes.keep(page, 'a-stage-fails');
    await page.getByLabel('Make ranking').selectOption('none');
    await page.locator('.note.bad').waitFor({ state: 'detached' });
    expect(await page.locator('tr.bad').count()).toBe(0);
    // The member's last page needs no ranking; the switch that mends it is there all the same.
    await page.getByLabel('Make ranking').selectOption('fail');
    await page.getByLabel('Make candidate-generation').selectOption('fail');
    await page.getByText('last whole page').waitFor();
    expect(await page.locator('tr[data-stage=ranking]').textContent()).toContain('not waited for');
    await page.getByLabel('Make ranking').selectOption('none');
    await page.getByLabel('Make candidate-generation').selectOption('none');
    await page.locator('.note.bad').waitFor({ state: 'detached' });
    await page.close();
  });

  it('shows the page that other parts would make beside the one that is served', async () => {
    const { page } = await openAs('member-6');
    await page.getByRole('button', { name: 'Swap a part' }).click();
    await page.getByLabel('Page builder').selectOption('single-row');
    const swapped = page.getByRole('region', { name: 'Swapped' });
    await expect.poll(() => swapped.locator('h4').count()).toBe(1);
    expect(await page.getByRole('region', { name: 'As served' }).locator('h4').count()).toBeGreaterThan(1);
    expect(await page.locator('.metrics').textContent()).toContain('Takes that the serving ranker predicts');
    await page.close();
  });

  it('goes by keyboard: along a row, into a title and back, and finds titles by name', async () => {
    const { page } = await openAs('member-7');
    await firstCard(page).focus();
    await page.keyboard.press('ArrowRight');
    const second = page.locator('.row').first().locator('.card button').nth(1);
    const name = String(await second.getAttribute('aria-label')).split(':')[0];
    expect(await second.evaluate((card) => card.matches(':focus'))).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => second.evaluate((card) => card.matches(':focus'))).toBe(true);
    await page.getByRole('searchbox').fill('title 42');
    await page.getByRole('button', { name: /^Title 42/ }).click();
    await page.getByRole('dialog', { name: 'Title 42' }).waitFor();
    await page.close();
  });

  it('reports what was seen, once, with its artwork and its place', async () => {
    const { page } = await eyes.open('about:blank');
    const reported = page.waitForRequest((request) => request.url().endsWith('/v1/events'));
    await page.goto(`${server.url}/?member=member-8`);
    const events = (await reported).postDataJSON() as Record<string, unknown>[];
    expect((await (await reported).response())?.status()).toBe(200);
    expect(events.length).toBeGreaterThan(1);
    expect(events[0]).toMatchObject({ type: 'impression', member: 'member-8', row: 0 });
    expect(events[0]['artwork']).toMatch(/^art-/);
    expect(new Set(events.map(({ title }) => title)).size).toBe(events.length);
    await page.close();
  });

  it.each(['dark', 'light'] as const)('has nothing serious for axe to find, %s', async (colorScheme) => {
    const { page } = await openAs('member-9', { ...DESKTOP, colorScheme });
    const expectSound = async (what: string): Promise<void> => {
      await eyes.keep(page, `${what}-${colorScheme}`);
      expect(await seriousFindings(page), what).toEqual([]);
    };
    await page.getByRole('button', { name: 'Why this?' }).click();
    await page.locator('.options').waitFor();
    await expectSound('details');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Swap a part' }).click();
    await page.locator('.sides').waitFor();
    await expectSound('compare');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /ms of 100/ }).click();
    await page.locator('.waterfall').waitFor();
    await expectSound('homepage');
    await page.close();
  });

  it('keeps to the width of a phone, whatever lies over the page', async () => {
    const { page } = await openAs('member-9', { ...PHONE, colorScheme: 'dark' });
    const expectNarrow = async (what: string): Promise<void> => {
      await eyes.keep(page, `${what}-phone`);
      const tooWide = `[...document.querySelectorAll('body, main, dialog, .waterfall, .request-bar')]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).map(({ className }) => className)`;
      expect(await page.evaluate(tooWide), what).toEqual([]);
    };
    await expectNarrow('homepage');
    await page.getByRole('button', { name: 'Why this?' }).click();
    await page.locator('.options').waitFor();
    await expectNarrow('details');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Swap a part' }).click();
    await page.locator('.sides').waitFor();
    await expectNarrow('compare');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /ms of 100/ }).click();
    await page.locator('.waterfall').waitFor();
    await expectNarrow('request');
    await page.close();
  });
});
