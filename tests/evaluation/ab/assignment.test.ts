import { describe, expect, it } from 'vitest';
import { placementOf } from '../../../src/evaluation/ab/assignment.ts';
import { holdExposures, meetArm } from '../../../src/evaluation/ab/exposure.ts';
import { createAssignments, type Experiment } from '../../../src/evaluation/ab/layers.ts';
import { sampleRatio } from '../../../src/evaluation/ab/sample-ratio.ts';
import { chiSquareTail } from '../../../src/math/distributions.ts';

const UNITS = Array.from({ length: 20_000 }, (_, m) => `m${m}`);
const HALVES = [
  { name: 'control', share: 0.5 },
  { name: 'treatment', share: 0.5 },
];
const experiment = (name: string, changes: Partial<Experiment> = {}): Experiment => ({
  name,
  layer: 'ranking',
  reserved: 1,
  running: 1,
  arms: HALVES,
  ...changes,
});

describe('placementOf', () => {
  it('spreads consecutive ids evenly, under any of several salts (chi-square of 50 parts, p > 0.0005)', () => {
    for (const salt of ['a', 'b', 'experiment:artwork', 'experiment:artwork-2', '']) {
      const place = placementOf(salt);
      const counts = new Float64Array(50);
      for (const unit of UNITS) counts[Math.floor(place(unit) * 50)]++;
      expect(sampleRatio(counts, new Float64Array(50).fill(1 / 50)).mismatch, salt).toBe(false);
    }
  });

  it('places a unit under one salt whatever its place under another (chi-square of 12 x 12 cells, p > 0.0005)', () => {
    const salts = ['x', 'y', 'experiment:1', 'experiment:2'];
    for (let i = 0; i < salts.length; i++) {
      for (let j = i + 1; j < salts.length; j++) {
        const [one, two] = [placementOf(salts[i]), placementOf(salts[j])];
        const cells = new Float64Array(144);
        for (const unit of UNITS) cells[Math.floor(one(unit) * 12) * 12 + Math.floor(two(unit) * 12)]++;
        const expected = UNITS.length / 144;
        const chiSquare = cells.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
        expect(chiSquareTail(chiSquare, 143)).toBeGreaterThan(0.0005);
      }
    }
  });

  it('is the same in another process: these places are written down', () => {
    expect(['m0', 'm1', 'm2'].map(placementOf('pinned'))).toEqual([
      0.4199486959259957, 0.22688356740400195, 0.08451389940455556,
    ]);
  });
});

describe('layers', () => {
  it('keep the experiments of one layer apart, and give each its share', () => {
    const { armOf } = createAssignments([
      experiment('a', { reserved: 0.3, running: 0.3 }),
      experiment('b', { reserved: 0.5, running: 0.5 }),
    ]);
    const counts = [0, 0, 0];
    let both = 0;
    for (const unit of UNITS) {
      const [a, b] = [armOf('a', unit), armOf('b', unit)];
      if (a !== undefined && b !== undefined) both++;
      counts[a !== undefined ? 0 : b !== undefined ? 1 : 2]++;
    }
    expect(both).toBe(0);
    expect(sampleRatio(counts, [0.3, 0.5, 0.2]).mismatch).toBe(false);
  });

  it('part the arms by another hash than the layer: halves stay halves on a tenth of the units', () => {
    const { armOf } = createAssignments([experiment('a', { reserved: 0.4, running: 0.1 })]);
    const counts = [0, 0];
    for (const unit of UNITS) {
      const arm = armOf('a', unit);
      if (arm !== undefined) counts[arm]++;
    }
    expect(sampleRatio(counts, [0.5, 0.5]).mismatch).toBe(false);
  });

  it('cross the experiments of different layers: each arm of one has half in each arm of the other', () => {
    const { armOf } = createAssignments([experiment('a'), experiment('b', { layer: 'artwork' })]);
    const cells = [0, 0, 0, 0];
    for (const unit of UNITS) cells[2 * (armOf('a', unit) ?? 0) + (armOf('b', unit) ?? 0)]++;
    expect(sampleRatio(cells, [0.25, 0.25, 0.25, 0.25]).mismatch).toBe(false);
  });

  it('only add units as an experiment grows: who was in stays, in the same arm', () => {
    const small = createAssignments([experiment('a', { running: 0.05 })]);
    const large = createAssignments([experiment('a', { running: 0.6 })]);
    let first = 0;
    for (const unit of UNITS) {
      const arm = small.armOf('a', unit);
      if (arm === undefined) continue;
      first++;
      expect(large.armOf('a', unit)).toBe(arm);
    }
    expect(first).toBeGreaterThan(850); // of 1,000 expected
  });

  it('give unequal arms their shares', () => {
    const arms = [
      { name: 'control', share: 0.7 },
      { name: 'one', share: 0.2 },
      { name: 'two', share: 0.1 },
    ];
    const { armOf } = createAssignments([experiment('a', { arms })]);
    const counts = [0, 0, 0];
    for (const unit of UNITS) counts[armOf('a', unit) ?? 0]++;
    expect(sampleRatio(counts, [0.7, 0.2, 0.1]).mismatch).toBe(false);
  });

  it('refuse what cannot be', () => {
    const make = (changes: Partial<Experiment>) => () => createAssignments([experiment('a', changes)]);
    expect(make({ arms: [HALVES[0]] })).toThrow('experiment a: expected two arms or more');
    expect(make({ arms: [HALVES[0], HALVES[0]] })).toThrow('different names, got control, control');
    expect(make({ arms: [HALVES[0], { name: 'b', share: 0.4 }] })).toThrow('sum to 1, got 0.5, 0.4');
    expect(make({ reserved: 0.2, running: 0.3 })).toThrow('got running 0.3, reserved 0.2');
    expect(() => createAssignments([experiment('a'), experiment('a')])).toThrow('expected one of that name');
    expect(() =>
      createAssignments([experiment('a'), experiment('b', { reserved: 0.1, running: 0 })]),
    ).toThrow('layer ranking: expected experiments that reserve at most 1 together, got 1.1 with b');
    expect(() => createAssignments([experiment('a')]).armOf('z', 'm1')).toThrow('one of a, got z');
  });
});

describe('exposure', () => {
  it('is logged where the arm is met, once for each unit, and not for who is outside', () => {
    const assignments = createAssignments([experiment('a', { reserved: 0.5, running: 0.5 })]);
    const log = holdExposures();
    const meet = (unit: string, at: number) => meetArm(assignments, log, { experiment: 'a', unit, at });
    const inside = UNITS.filter((unit) => assignments.armOf('a', unit) !== undefined);
    const outside = UNITS.find((unit) => assignments.armOf('a', unit) === undefined) as string;
    expect(meet(inside[0], 5)).toBe(assignments.armOf('a', inside[0]));
    meet(inside[0], 9);
    meet(inside[3], 7);
    expect(meet(outside, 8)).toBeUndefined();
    expect(log.exposuresOf('a').map(({ unit, at }) => [unit, at])).toEqual([
      [inside[0], 5],
      [inside[3], 7],
    ]);
    expect(log.exposuresOf('b')).toEqual([]);
  });
});
