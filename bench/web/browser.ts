/** A real browser without a window: the Chromium that the system brings, for none is downloaded. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The program's path, or undefined where the PATH has none. */
export const browserPath = (): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));

/** @throws Error when there is no browser, or it does not start */
export const openBrowser = async (): Promise<Browser> => {
  const { chromium } = await import('playwright-core');
  const executablePath = browserPath();
  if (executablePath === undefined) throw new Error(`none of ${NAMES.join(', ')} is on the PATH`);
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []; // it refuses to be root with one
  return await chromium.launch({ executablePath, args });
};
