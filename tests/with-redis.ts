/** Tests that need a real redis-server. Where there is none they say so and are skipped, but in CI they fail. */
import { describe, it } from 'vitest';
import { hasRedisServer } from '../src/experiments/faults/redis-server.ts';

export const describeWithRedis = (name: string, body: () => void): void => {
  if (hasRedisServer()) describe(name, body);
  else if (process.env['CI'] === 'true') {
    it(`${name}: needs redis-server`, () => {
      throw new Error('redis-server is not on the PATH, expected it in CI: see .ci/run');
    });
  } else describe.skip(`${name} (skipped: redis-server is not on the PATH)`, body);
};
