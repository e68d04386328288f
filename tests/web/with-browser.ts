/** Tests that see what a person sees. Where there is no browser they say so and are skipped, but in CI they fail. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { browserPath, openBrowser } from '../../bench/web/browser.ts';

const SCREENSHOTS = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));

export const DESKTOP = { viewport: { width: 1280, height: 800 } } as const satisfies BrowserContextOptions;
export const PHONE = {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
} as const satisfies BrowserContextOptions;

export interface Seen {
  readonly page: Page;
  /** What the page wrote to its console as an error, and what it threw; a test expects none. */
  readonly complaints: readonly string[];
}

export interface Eyes {
  /** A page of its own, which forgets everything before. */
  open(url: string, options?: BrowserContextOptions): Promise<Seen>;
  /** Keeps what is seen as `build/screenshots/NAME.png`. */
  keep(page: Page, name: string): Promise<void>;
}

export const describeWithBrowser = (name: string, body: (eyes: Eyes) => void): void => {
  if (browserPath() === undefined) {
    if (process.env['CI'] !== 'true') {
      describe.skip(`${name} (skipped: chromium is not on the PATH)`, () => body(eyesOf(() => undefined)));
      return;
    }
    it(`${name}: needs chromium`, () => {
      throw new Error('chromium is not on the PATH, expected it in CI: see .ci/run');
    });
    return;
  }
  describe(name, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await openBrowser();
    });
    afterAll(() => browser?.close());
    body(eyesOf(() => browser));
  });
};

const eyesOf = (browser: () => Browser | undefined): Eyes => ({
  async open(url, options = DESKTOP) {
    const page = await browser()!.newPage({ reducedMotion: 'reduce', ...options });
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
    });
    await page.goto(url);
    return { page, complaints };
  },
  async keep(page, name) {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  },
});
