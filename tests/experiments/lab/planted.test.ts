import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import { drawMarkets, weeklyMinutes } from '../../../src/experiments/lab/market-panels.ts';
import { pushEffect, simulatePush } from '../../../src/experiments/lab/push.ts';
import { mean } from '../../../src/math/statistics.ts';
import { worldConfig } from '../../../src/simulator/config.ts';
import { simulateLogs } from '../../../src/simulator/history.ts';
import { modelOfMemberDays, simulateMemberDays, sumOfDays } from '../../../src/simulator/member-days.ts';
import { createWorld } from '../../../src/simulator/world.ts';

const world = createWorld(worldConfig({ seed: 11, titles: 400, members: 1_000, days: 14 }));
const model = modelOfMemberDays(world, simulateLogs(world));

describe('drawMarkets', () => {
  const days = simulateMemberDays({ model, rng: createRng(1), members: 400, days: 72, from: 0 });
  const byWeek = weeklyMinutes(days);
  const draw = (factor: number) =>
    drawMarkets(byWeek, {
      rng: createRng(2),
      markets: 5,
      membersEach: 50,
      weeks: 10,
      treated: Uint8Array.of(0, 1, 0, 0, 1),
      from: 6,
      factor,
    });

  it('sums whole weeks', () => {
    expect(byWeek.length).toBe(400 * 10);
    expect(byWeek[3 * 10 + 9]).toBeCloseTo(sumOfDays(days.minutes, 72, 63, 70)[3], 3);
  });

  it('plants the factor where and from when it was asked to, and nothing else', () => {
    const [plain, changed] = [draw(1), draw(0.9)];
    plain.values.forEach((value, at) => {
      const [market, week] = [Math.floor(at / 10), at % 10];
      const planted = (market === 1 || market === 4) && week >= 6 ? Math.log(0.9) : 0;
      expect(changed.values[at] - value).toBeCloseTo(planted, 9);
    });
  });
});

describe('simulatePush', () => {
  const { features, withPush, without } = simulatePush(model, createRng(4), 12_000);

  it('brings members back on the whole, and changes nothing that was known before', () => {
    expect(mean(withPush) - mean(without)).toBeGreaterThan(0.005);
    for (const column of [0, 1, 2, 3, 4]) {
      expect(mean(features.map((row) => row[column]))).toBeCloseTo(0, 9);
      expect(mean(features.map((row) => row[column] ** 2))).toBeCloseTo(1, 9);
    }
  });

  it('helps those who come now and then on a phone, and harms the most active', () => {
    const rows = Array.from(model.activity.keys());
    const visitsOf = (row: number): number => pushEffect(model, row).visits ?? 1;
    const mobile = rows.filter((row) => model.device[row] === 2);
    const active = mobile.filter((row) => 7 * model.activity[row] > 4);
    const rare = mobile.filter((row) => Math.abs(7 * model.activity[row] - 0.9) < 0.2);
    expect(Math.max(...active.map(visitsOf))).toBeLessThan(1);
    expect(Math.min(...rare.map(visitsOf))).toBeGreaterThan(1.5);
  });
});
