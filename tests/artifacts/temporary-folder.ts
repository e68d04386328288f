import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder of this test file's own, gone when its tests are. */
export const temporaryFolder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-test-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};
