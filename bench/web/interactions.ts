import type { Browser, Page } from 'playwright-core';
import { heldTo, type Measurement } from '../../src/domain/measurement.ts';
import { latencyQuantile } from '../../src/experiments/latency.ts';

const INP_MS = 100;

/** The shortest duration that a browser tells of: what it leaves out took less. */
const TOLD_FROM_MS = 16;

/** Keeps all rows moving, and the longest event of each interaction, as web.dev defines an interaction's latency. */
const WATCH = `(() => {
  window.longest = new Map();
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries()) {
      if (interactionId > 0) longest.set(interactionId, Math.max(duration, longest.get(interactionId) ?? 0));
    }
  }).observe({ type: 'event', durationThreshold: ${TOLD_FROM_MS}, buffered: false });
  let direction = 1;
  setInterval(() => { direction = -direction; }, 1500);
  const move = () => {
    for (const shelf of document.querySelectorAll('.shelf')) shelf.scrollLeft += 6 * direction;
    requestAnimationFrame(move);
  };
  requestAnimationFrame(move);
})()`;

/** One round of what a person does on a page: keys along a row, turns of it, a title opened and closed. Returns how many. */
const interact = async (page: Page, row: number): Promise<number> => {
  const shelf = page.locator('.row').nth(row);
  await shelf.locator('.card button').first().focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
  await shelf.locator('.card button[tabindex="0"]').press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const turn = shelf.getByRole('button', { name: /^Further/ });
  await turn.click();
  await turn.click();
  return 8;
};

/** How long it is from a press to the next paint while every row of the page scrolls. */
export const measureInteractions = async (
  browser: Browser,
  {
    url,
    small,
    memberIds,
  }: { readonly url: string; readonly small: boolean; readonly memberIds: readonly string[] },
): Promise<Measurement> => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${url}/?member=${encodeURIComponent(memberIds[0])}`);
  await page.locator('.row .card').first().waitFor();
  await page.waitForLoadState('networkidle');
  await page.evaluate(WATCH);
  const rows = await page.locator('.row').count();
  let made = 0;
  for (let round = 0; round < (small ? 6 : 24); round++) made += await interact(page, round % rows);
  await page.waitForTimeout(500);
  const told = (await page.evaluate('[...longest.values()]')) as number[];
  await page.close();
  const quick = new Array<number>(Math.max(0, made - told.length)).fill(TOLD_FROM_MS);
  return heldTo(
    {
      ...latencyQuantile('web.inp.p95', [...told, ...quick], 0.95),
      definition:
        'from a key or a click to the next paint, the longest event of each interaction, its 95th percentile',
      protocol: `keys along rows, titles opened and closed, rows turned, while a script scrolls all rows by 6 px a frame; durations to 8 ms, those under ${TOLD_FROM_MS} ms, which the browser does not tell, as ${TOLD_FROM_MS}`,
    },
    INP_MS,
  );
};
