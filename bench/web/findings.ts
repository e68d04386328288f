import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { heldTo, type Measurement } from '../../src/domain/measurement.ts';
import { seriousFindings } from './axe.ts';

const LOOKS: readonly BrowserContextOptions[] = [
  { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, colorScheme: 'dark' },
];

/** The states of the page that are looked at, each reached from the one before. */
const STATES: readonly ((page: Page) => Promise<void>)[] = [
  async (page) => page.locator('.row .card').first().waitFor(),
  async (page) => {
    await page.getByRole('button', { name: 'Why this?' }).click();
    await page.locator('.why').waitFor();
  },
  async (page) => {
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Swap a part' }).click();
    await page.locator('.sides').waitFor();
  },
  async (page) => {
    await page.keyboard.press('Escape');
    await page.locator('.request-bar button').first().click();
    await page.locator('.waterfall').waitFor();
  },
];

/** How much that is serious or critical axe finds on the homepage and on what lies over it. */
export const measureFindings = async (
  browser: Browser,
  { url, memberIds }: { readonly url: string; readonly memberIds: readonly string[] },
): Promise<Measurement> => {
  const findings: string[] = [];
  for (const look of LOOKS) {
    const page = await browser.newPage({ reducedMotion: 'reduce', ...look });
    await page.goto(`${url}/?member=${encodeURIComponent(memberIds[0])}`);
    for (const reach of STATES) {
      await reach(page);
      findings.push(...(await seriousFindings(page)));
    }
    await page.close();
  }
  const n = LOOKS.length * STATES.length;
  return heldTo(
    {
      name: 'web.axe.serious',
      value: findings.length,
      unit: 'findings',
      n,
      definition: 'elements that axe-core finds in serious or critical breach of a rule',
      protocol: `the page, a title with why it stands there, parts swapped, and the request’s stages, each dark, light and on a phone: ${n} states${findings.length === 0 ? '' : `; ${findings.slice(0, 3).join('; ')}`}`,
    },
    0,
  );
};
