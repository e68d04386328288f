import { describe, expect, it } from 'vitest';
import { systemTimers } from '../../src/serving/deadline.ts';
import { createFaultSwitches, SWITCHED_STAGES } from '../../src/serving/stage-faults.ts';
import { startServing } from './serving-fixture.ts';

const PAGE = '/v1/members/member-0/homepage';

/** A server with switches, on which no stage is late. */
const switched = async () => {
  const faults = createFaultSwitches();
  const { app } = await startServing({ pipeline: { faults }, app: { faults } });
  const page = async () => (await app.inject(PAGE)).json();
  const turn = (stage: string, payload: object) =>
    app.inject({ method: 'PUT', url: `/v1/faults/${stage}`, payload });
  return { app, page, turn };
};

describe('a switched stage', () => {
  it.each(SWITCHED_STAGES)('%s fails, is replaced by its fallback, and is mended', async (stage) => {
    const { app, page, turn } = await switched();
    expect((await turn(stage, { kind: 'fail' })).statusCode).toBe(200);
    const broken = await page();
    expect(broken.degraded).toContainEqual({ stage, reason: 'dependency' });
    expect(broken.rows.length).toBeGreaterThan(0);
    await turn(stage, { kind: 'none' });
    expect((await page()).degraded.map((each: { stage: string }) => each.stage)).not.toContain(stage);
    await app.close();
  });

  it('is late where it is slow, and its own work is not begun once nobody waits for it', async () => {
    const faults = createFaultSwitches();
    let assembled = 0;
    const { app } = await startServing({
      pipeline: {
        faults,
        timers: systemTimers,
        features: {
          assemble: (_request, pool) => {
            assembled += 1;
            return { names: [], rows: pool.items.length, values: new Float32Array(0) };
          },
        },
      },
    });
    faults.set('ranking', { kind: 'slow', delayMs: 120 });
    const answer = await app.inject(PAGE);
    expect(answer.json().degraded).toContainEqual({ stage: 'ranking', reason: 'late' });
    expect(String(answer.headers['server-timing'])).toMatch(/ranking;dur=[\d.]+;desc="late"/);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(assembled).toBe(0);
    await app.close();
  });
});

it('says how the switches stand, on every thread that has their memory', async () => {
  const { app, turn } = await switched();
  await turn('ranking', { kind: 'slow', delayMs: 250 });
  const { stages } = (await app.inject('/v1/faults')).json();
  expect(stages).toContainEqual({ stage: 'ranking', kind: 'slow', delayMs: 250 });
  expect(stages).toContainEqual({ stage: 'page', kind: 'none' });
  const here = createFaultSwitches();
  createFaultSwitches(here.memory).set('page', { kind: 'fail' });
  expect(here.of('page')).toEqual({ kind: 'fail' });
  await app.close();
});

it('refuses what is no stage, no fault or no delay, and is not there where nobody allowed it', async () => {
  const { app, turn } = await switched();
  for (const [stage, payload, field] of [
    ['sleeping', { kind: 'fail' }, 'stage'],
    ['ranking', { kind: 'explode' }, 'kind'],
    ['ranking', { kind: 'slow', delayMs: 0 }, 'delayMs'],
  ] as const) {
    const answer = await turn(stage, payload);
    expect([answer.statusCode, answer.json().error.field]).toEqual([400, field]);
  }
  const foreign = await app.inject({ url: '/v1/faults', headers: { host: 'somewhere.example' } });
  expect([foreign.statusCode, foreign.json().error.field]).toEqual([403, 'host']);
  expect(() => createFaultSwitches().set('page', { kind: 'slow', delayMs: Number.NaN })).toThrow(RangeError);
  await app.close();
  const plain = await startServing();
  expect((await plain.app.inject('/v1/faults')).statusCode).toBe(404);
  await plain.app.close();
});
