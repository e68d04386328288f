import { expect, it } from 'vitest';
import { fuzzService } from '../../bench/faults/fuzz-run.ts';
import { createRng } from '../../src/domain/rng.ts';
import { startServer } from '../../src/serving/server.ts';
import { dataset, type ServingChanges, startServing } from './serving-fixture.ts';

const TOKEN = 'a-token-of-some-length';

const fuzzed = async (
  perRoute: number,
  changes: ServingChanges = {},
  prepare?: (app: Awaited<ReturnType<typeof startServing>>['app']) => void,
) => {
  const limits = { eventLoopDelayMs: Number.POSITIVE_INFINITY };
  const { app } = await startServing({ ...changes, app: { adminToken: TOKEN, limits } });
  prepare?.(app);
  const server = await startServer(app, { host: '127.0.0.1', port: 0, signals: [] });
  try {
    const known = { memberIds: dataset.members.ids, titleIds: dataset.titles.ids, adminToken: TOKEN };
    return await fuzzService({ origin: server.url, known, perRoute, rng: createRng(11) });
  } finally {
    await server.close();
  }
};

it('no request makes the service fail, many are served, and every route is tried', async () => {
  const { routes, sent, byClass, failures } = await fuzzed(30);
  expect(failures).toEqual([]);
  expect(byClass['2xx']).toBeGreaterThan(sent / 20);
  expect(byClass['4xx']).toBeGreaterThan(sent / 5);
  expect(routes.map(({ path }) => path)).toEqual(expect.arrayContaining(['/v1/events', '/v1/admin/process']));
});

it('a route that fails on a value it did not expect is found, though nobody told of it', async () => {
  const { failures } = await fuzzed(60, {}, (app) => {
    app.get('/careless/:name', { schema: { params: { type: 'object' } } }, async (request) => {
      const { name } = request.params as { name: string };
      if (name.includes('__proto__') || name.length > 100) throw new Error('careless');
      return name;
    });
  });
  expect(failures.length).toBeGreaterThan(0);
});
