/**
 * Tests that need a program that npm does not bring. Where it is away they are left out, saying what and why; in CI, which
 * brings it, they fail.
 */
import { spawnSync } from 'node:child_process';
import { describe, it } from 'vitest';
import { browserPath } from '../bench/web/browser.ts';
import { hasRedisServer } from '../src/experiments/faults/redis-server.ts';

const IS_HERE = {
  'redis-server': hasRedisServer,
  chromium: () => browserPath() !== undefined,
  prlimit: () => spawnSync('prlimit', ['--version']).status === 0,
} as const;

export const describeWith = (part: keyof typeof IS_HERE, name: string, body: () => void): void => {
  if (IS_HERE[part]()) {
    describe(name, body);
    return;
  }
  it(`${name} (needs ${part})`, ({ skip }) => {
    const why = `${part} is not on the PATH`;
    if (process.env['CI'] === 'true') throw new Error(`${why}, expected it in CI: see .ci/run`);
    skip(why);
  });
};
