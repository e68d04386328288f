import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import { effectsByDay, noveltyEffect } from '../../../src/evaluation/ab/by-day.ts';
import { welchEffect } from '../../../src/evaluation/ab/effect.ts';
import { readScorecard, type ScorecardInput } from '../../../src/evaluation/ab/scorecard.ts';
import { readSegments, readTwoByTwo } from '../../../src/evaluation/ab/segments.ts';
import { tableOfUnits } from '../../../src/evaluation/ab/unit-table.ts';
import { type Evidence, judge, type Reading } from '../../../src/evaluation/ab/verdict.ts';
import { normalSource } from '../../../src/math/random.ts';

const of = (n: number, mean: number, variance: number) => ({ n, mean, variance });

describe('readSegments', () => {
  it('weighs by precision and widens for the number of segments: worked by hand', () => {
    const { segments, common, heterogeneityP } = readSegments([
      { name: 'a', effect: welchEffect(of(5e6, 0, 5e6), of(5e6, 1, 0)) }, // SE 1
      { name: 'b', effect: welchEffect(of(5e6, 0, 2e7), of(5e6, 5, 0)) }, // SE 2
    ]);
    expect(common).toBeCloseTo((1 + 5 / 4) / (1 + 1 / 4), 9);
    // Q = 0.8^2 + (3.2 / 2)^2 = 3.2 of 1 degree
    expect(heterogeneityP).toBeCloseTo(0.0736, 4);
    expect(segments[0].interval[1]).toBeCloseTo(1 + 2.2414, 3); // z of 1 - 0.025 / 2
  });

  it('finds nothing to differ in one segment, and refuses one that does not vary', () => {
    const effect = welchEffect(of(10, 0, 1), of(10, 1, 1));
    expect(readSegments([{ name: 'a', effect }]).heterogeneityP).toBe(1);
    expect(() => readSegments([{ name: 'a', effect: { ...effect, standardError: 0 } }])).toThrow('segment a');
    expect(() => readSegments([])).toThrow('at least one');
  });
});

describe('readTwoByTwo', () => {
  it('parts what each treatment does from what both do together: worked by hand', () => {
    const { first, second, interaction } = readTwoByTwo({
      controlControl: of(100, 10, 4),
      controlTreatment: of(100, 12, 4),
      treatmentControl: of(100, 13, 4),
      treatmentTreatment: of(100, 18, 4),
    });
    expect([first.estimate, second.estimate, interaction.estimate]).toEqual([4.5, 3.5, 3]);
    expect(interaction.standardError).toBeCloseTo(Math.sqrt(4 * 0.04), 12);
    expect(first.standardError).toBeCloseTo(Math.sqrt(0.04), 12);
  });
});

describe('effects by day since exposure', () => {
  const rng = createRng(6);
  const normal = normalSource(() => rng.next());
  const [units, days] = [4_000, 14];
  const arm = Uint8Array.from({ length: units }, (_, i) => i % 2);
  const planted = (day: number): number => 0.2 + 0.8 * 0.8 ** day;
  const values = new Float32Array(units * days);
  for (let unit = 0; unit < units; unit++) {
    const own = normal(); // days of a unit are alike
    for (let day = 0; day < days; day++)
      values[unit * days + day] = own + normal() + (arm[unit] === 1 ? planted(day) : 0);
  }

  it('finds the effect planted on each day (4 standard errors)', () => {
    effectsByDay({ values, days, arm }, 1).forEach(({ estimate, standardError }, day) => {
      expect(Math.abs(estimate - planted(day))).toBeLessThan(4 * standardError);
    });
  });

  it('finds by how much the novelty wore off, and its own standard error without that of the units', () => {
    const { estimate, standardError, p } = noveltyEffect({ values, days, arm }, 1, 4);
    const mean = (from: number): number => [0, 1, 2, 3].reduce((sum, d) => sum + planted(from + d) / 4, 0);
    expect(Math.abs(estimate - (mean(10) - mean(0)))).toBeLessThan(4 * standardError);
    expect(standardError).toBeCloseTo(Math.sqrt((2 * (2 / 4)) / 2_000), 2);
    expect(p).toBeLessThan(1e-6);
  });

  it('takes the first days from the last: worked by hand', () => {
    const rows = [
      [1, 2, 0, 5], // last less first of one day: 4
      [0, 0, 9, 2], // 2
      [1, 0, 0, 9], // 8
      [2, 0, 0, 8], // 6
    ];
    const byDay = { values: Float32Array.from(rows.flat()), days: 4, arm: Uint8Array.of(0, 0, 1, 1) };
    expect(noveltyEffect(byDay, 1, 1).estimate).toBe(7 - 3);
    expect(noveltyEffect(byDay, 1, 2).estimate).toBe((4 + 3) / 2 - (1 + 5.5) / 2);
  });

  it('refuses windows that overlap', () => {
    expect(() => noveltyEffect({ values, days, arm }, 1, 8)).toThrow('with 16 days or more');
  });
});

describe('judge', () => {
  const sound = { chiSquare: 0, p: 1, mismatch: false };
  const reading = (
    role: Reading['role'],
    interval: readonly [number, number],
    changes: Partial<Reading> = {},
  ): Reading => ({
    metric: role === 'primary' ? 'minutes' : role === 'guardrail' ? 'finishes' : 'clicks',
    role,
    better: 'more',
    control: 100,
    estimate: (interval[0] + interval[1]) / 2,
    interval,
    ...changes,
  });
  const decide = (readings: Reading[], changes: Partial<Evidence> = {}) =>
    judge({ readings, sampleRatio: sound, complete: false, ...changes });

  it('ships a gain whose guardrails are shown to hold', () => {
    const { decision, reasons } = decide([reading('primary', [1, 3]), reading('guardrail', [-0.5, 2])]);
    expect(decision).toBe('ship');
    expect(reasons[0]).toBe('primary gained: minutes +2.00 % [+1.00 %, +3.00 %]');
  });

  it('keeps running while a guardrail may be broken, and does not ship it at the end', () => {
    const readings = [reading('primary', [1, 3]), reading('guardrail', [-5, 4])];
    expect(decide(readings).decision).toBe('keep running');
    const { decision, reasons } = decide(readings, { complete: true });
    expect(decision).toBe('do not ship');
    expect(reasons.join()).toContain('guardrail may be worse than tolerated: finishes -0.50 %');
  });

  it('does not ship harm, even beside a gain, and counts less as better where that was declared', () => {
    expect(decide([reading('primary', [1, 3]), reading('guardrail', [-5, -2])]).decision).toBe('do not ship');
    expect(decide([reading('primary', [-3, -1])]).decision).toBe('do not ship');
    expect(decide([reading('primary', [-3, -1], { better: 'less' })]).decision).toBe('ship');
    const costly = reading('guardrail', [2, 5], { better: 'less', metric: 'cancellations' });
    expect(decide([reading('primary', [1, 3]), costly]).decision).toBe('do not ship');
  });

  it('tolerates the loss that was declared', () => {
    const loss = reading('guardrail', [-5, -2], { tolerance: 0.06 });
    expect(decide([reading('primary', [1, 3]), loss]).decision).toBe('ship');
  });

  it('never ships on a proxy, but names it', () => {
    const { decision, reasons } = decide([reading('primary', [-1, 2]), reading('proxy', [2, 3])]);
    expect(decision).toBe('keep running');
    expect(reasons[reasons.length - 1]).toBe('proxy, decides nothing: clicks +2.50 % [+2.00 %, +3.00 %]');
  });

  it('believes nothing on a split that is not as planned', () => {
    const sampleRatio = { chiSquare: 30, p: 4e-8, mismatch: true };
    expect(decide([reading('primary', [1, 3])], { sampleRatio }).decision).toBe('do not ship');
  });

  it('refuses to decide without a primary metric, or relative to nothing', () => {
    expect(() => decide([reading('proxy', [1, 2])])).toThrow('expected a primary');
    expect(() => decide([reading('primary', [1, 2], { control: 0 })])).toThrow('minutes: expected a control');
  });
});

describe('tableOfUnits', () => {
  it('sums as a map would, and marks who met both arms', () => {
    const rng = createRng(3);
    const rows = 3_000;
    const unit = Uint32Array.from({ length: rows }, () => Math.floor(rng.next() * 200));
    const arm = unit.map((id) => id % 2) as unknown as Uint8Array;
    const minutes = Float32Array.from({ length: rows }, () => Math.floor(100 * rng.next()));
    const arms = Uint8Array.from(arm);
    arms[2_900] = 1 - arms[2_900]; // one unit meets the other arm as well
    const table = tableOfUnits({ unit, arm: arms, amounts: { minutes } }, 200);
    const sums = new Map<number, number>();
    unit.forEach((id, row) => {
      sums.set(id, (sums.get(id) ?? 0) + minutes[row]);
    });
    const ids = [...sums.keys()].sort((x, y) => x - y);
    expect([...table.unit]).toEqual(ids);
    expect([...table.sums['minutes']]).toEqual(ids.map((id) => sums.get(id)));
    expect(table.exposures.reduce((sum, n) => sum + n, 0)).toBe(rows);
    expect(table.crossed).toBe(1);
    table.unit.forEach((id, at) => {
      expect(table.arm[at]).toBe(id === unit[2_900] ? 255 : id % 2);
    });
  });

  it('refuses a unit that is not there and columns that do not fit', () => {
    const rows = { unit: Uint32Array.of(5), arm: Uint8Array.of(0), amounts: {} };
    expect(() => tableOfUnits(rows, 5)).toThrow('exposure 0: expected a unit below 5, got 5');
    expect(() => tableOfUnits({ ...rows, arm: Uint8Array.of(255) }, 9)).toThrow(
      'exposure 0: expected an arm, got 255',
    );
    expect(() => tableOfUnits({ ...rows, amounts: { clicks: new Uint8Array(2) } }, 9)).toThrow(
      '1 values of clicks',
    );
  });
});

describe('readScorecard', () => {
  const rng = createRng(15);
  const normal = normalSource(() => rng.next());
  const units = 6_000;
  const arm = Uint8Array.from({ length: units }, (_, i) => i % 2);
  const before = Float64Array.from({ length: units }, () => 10 + normal());
  const minutes = before.map((x, i) => x + 0.4 * normal() + 0.1 * arm[i]);
  const plays = Float64Array.from({ length: units }, () => 1 + Math.floor(4 * rng.next()));
  const finished = plays.map((n) => Math.round(0.5 * n));
  const input: ScorecardInput = {
    arm,
    shares: [0.5, 0.5],
    plannedUnits: units,
    rng: createRng(1),
    metrics: [
      { name: 'minutes', role: 'primary', better: 'more', kind: 'mean', values: minutes, covariate: before },
      {
        name: 'finish rate',
        role: 'guardrail',
        better: 'more',
        kind: 'ratio',
        values: finished,
        denominator: plays,
      },
      {
        name: 'heavy',
        role: 'proxy',
        better: 'more',
        kind: 'proportion',
        values: minutes.map((x) => (x > 10 ? 1 : 0)),
      },
    ],
  };

  it('reads every metric by its own test, finds what was planted and ships it', () => {
    const { rows, verdict, units: counted } = readScorecard(input);
    expect(counted).toEqual([3_000, 3_000]);
    expect(Math.abs(rows[0].adjusted.estimate - 0.1)).toBeLessThan(4 * rows[0].adjusted.standardError);
    expect(rows[0].adjusted.standardError).toBeLessThan(0.5 * rows[0].effect.standardError);
    expect(rows[1].effect.control).toBeCloseTo(0.6, 1);
    for (const { effect, bootstrap } of rows) {
      expect(bootstrap[0]).toBeLessThan(effect.estimate);
      expect(bootstrap[1]).toBeGreaterThan(effect.estimate);
    }
    expect(rows[0].holmP).toBeGreaterThanOrEqual(rows[0].discoveryP);
    expect(verdict.decision).toBe('ship');
  });

  it('goes by the wider, always-valid intervals before the planned units have come', () => {
    const early = readScorecard({ ...input, plannedUnits: 4 * units });
    const [low, high] = early.rows[0].alwaysValid.interval;
    expect(high - low).toBeGreaterThan(2.8 * 2 * early.rows[0].adjusted.standardError);
    expect(early.rows[0].effect).toEqual(readScorecard(input).rows[0].effect);
  });
});
