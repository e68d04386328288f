/** Tests that see what a person sees. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { openBrowser } from '../../bench/web/browser.ts';
import { describeWith } from '../real-parts.ts';

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

export const describeWithBrowser = (name: string, body: (eyes: Eyes) => void): void =>
  describeWith('chromium', name, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await openBrowser();
    });
    afterAll(() => browser?.close());
    body(eyesOf(() => browser));
  });

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
