import { describe, expect, test } from 'vitest';
import {
  combineObjectives,
  OBJECTIVE_WEIGHTS,
  OBJECTIVES,
  objectiveHeads,
} from '../../src/ranking/objectives.ts';

const features = {
  names: ['freshness', 'other', 'history-mean-similarity'],
  rows: 2,
  values: Float32Array.of(0.5, 9, 0.25, 1, 9, -0.5),
};
const click = Float32Array.of(0.5, 0.25);
const finish = Float32Array.of(0.2, 0.8);
const only = (objective: (typeof OBJECTIVES)[number]) => ({
  ...{ click: 0, finish: 0, satisfaction: 0, freshness: 0, diversity: 0 },
  [objective]: 1,
});

describe('the objectives', () => {
  test('of a candidate come from its heads and features, and stay within 0 and 1', () => {
    const heads = objectiveHeads(click, finish, features);
    expect([...heads.satisfaction]).toEqual([...Float32Array.of(0.45, 0.75)]);
    expect([...heads.freshness]).toEqual([0.5, 1]);
    expect([...heads.diversity]).toEqual([0.75, 1]);
    const without = objectiveHeads(click, finish, { names: [], rows: 2, values: new Float32Array(0) });
    expect([...without.freshness, ...without.diversity]).toEqual([0, 0, 0, 0]);
  });

  test('are worth what a take is worth, times its probability', () => {
    const heads = objectiveHeads(click, finish, features);
    expect([...combineObjectives(heads, only('click'))]).toEqual([0.5, 0.25]);
    for (const objective of OBJECTIVES.filter((name) => name !== 'click')) {
      const combined = combineObjectives(heads, only(objective));
      for (let i = 0; i < 2; i++) expect(combined[i]).toBeCloseTo(click[i] * heads[objective][i], 6);
    }
    expect(combineObjectives(heads, OBJECTIVE_WEIGHTS)[1]).toBeCloseTo(0.25 * (0.1 + 0.8), 6);
  });
});
