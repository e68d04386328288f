/** Bytes that two servers may read in two ways: none of them makes a page or takes an event. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sendVectors } from '../../bench/faults/smuggling-run.ts';
import { HONEST_REQUESTS, SMUGGLING_VECTORS } from '../../bench/faults/smuggling-vectors.ts';
import { type RunningServer, startServer } from '../../src/serving/server.ts';
import { startServing } from './serving-fixture.ts';

let server: RunningServer;
beforeAll(async () => {
  const { app } = await startServing();
  server = await startServer(app, { host: '127.0.0.1', port: 0, signals: [] });
});
afterAll(() => server.close());

it('what is as it should be is served, and counted', async () => {
  const { outcomes, served } = await sendVectors(server.url, HONEST_REQUESTS);
  for (const { vector, hits } of outcomes) expect([vector.name, hits]).toEqual([vector.name, vector.hits]);
  expect(served).toBe(HONEST_REQUESTS.reduce((sum, { hits }) => sum + hits, 0));
});

it('nothing else is, and each is refused as it must be', async () => {
  expect(SMUGGLING_VECTORS.length).toBeGreaterThanOrEqual(30);
  const { outcomes, served } = await sendVectors(server.url, SMUGGLING_VECTORS);
  const wrong = outcomes.filter(({ vector, status, hits }) => hits > 0 || !vector.answers.includes(status));
  expect(wrong.map(({ vector, status, hits }) => ({ name: vector.name, status, hits }))).toEqual([]);
  expect(served).toBe(0);
});
