import { describe, expect, it } from 'vitest';
import { UNKNOWN_MEMBER } from '../../src/domain/request.ts';
import { createHomePage } from '../../src/ranking/page/home-page.ts';
import { placeCurve } from '../../src/ranking/page/place-curve.ts';
import { createSingleRow } from '../../src/ranking/page/single-row.ts';
import { describePageBuilder } from '../contracts/describe-page-builder.ts';
import { PLANTED_GENRES, plantedFixture, poolOf, stageContext } from '../contracts/fixture.ts';

const fixture = plantedFixture();
const nobody = fixture.request(UNKNOWN_MEMBER);

describePageBuilder('single-row', () => createSingleRow());

describe('the single row', () => {
  it('holds the best titles in order of score, those without a number last', () => {
    const scores = { combined: Float32Array.of(1, Number.NaN, 3, 2, 3), heads: {} };
    const pool = poolOf([10, 11, 12, 13, 14]);
    const titles = (length?: number) =>
      createSingleRow(length)
        .build(nobody, pool, scores, stageContext(1))
        .rows.map((row) => [...row.titles]);
    expect(titles()).toEqual([[12, 14, 13, 10, 11]]);
    expect(titles(2)).toEqual([[12, 14]]);
  });

  it.each([0, -1, 2.5, Number.NaN])('refuses a length of %d', (length) => {
    expect(() => createSingleRow(length)).toThrow(/single-row: expected a length/);
  });
});

describe('the curve over the places of a page', () => {
  const curve = placeCurve({
    devices: 2,
    rows: 3,
    positions: 2,
    row: Float64Array.of(1, 1, 1, 1, 0.5, 0.25),
    position: Float64Array.of(1, 0.9, 1, 0.6),
  });

  it('is the estimate where there is one', () => {
    expect([curve(0, 0, 1), curve(2, 1, 1), curve(1, 1, 0)]).toEqual([1, 0.15, 0.9]);
  });

  it('falls on as it fell before beyond the places that were seen', () => {
    expect(curve(4, 0, 1)).toBeCloseTo(1 / 16, 12);
    expect(curve(0, 3, 1)).toBeCloseTo(0.6 ** 3, 12);
    expect(curve(9, 0, 0)).toBe(1);
  });

  it('falls by what is assumed for a device that was not seen', () => {
    expect(curve(2, 1, 2)).toBeCloseTo(0.85 ** 2 * 0.9, 12);
  });

  it('weighs the places of the device that asks', () => {
    // Five dramas for the top picks, then one good comedy against many fair thrillers.
    const scores = Array.from({ length: 48 }, (_, title) => {
      if (title % PLANTED_GENRES === 0 && title >= 18) return 0.9;
      return title === 43 ? 0.7 : title % PLANTED_GENRES === 2 ? 0.5 : 0.1;
    });
    const examination = {
      devices: 3,
      rows: 1,
      positions: 5,
      row: Float64Array.of(1, 1, 1),
      position: Float64Array.of(1, 1, 1, 1, 1, 1, 0.1, 0, 0, 0, 1, 1, 1, 1, 1),
    };
    const config = { columns: 5, newReleaseDays: 0 };
    const second = (device: number) =>
      createHomePage({ catalogue: fixture.dataset, examination, config }).build(
        { ...nobody, device },
        poolOf(scores.map((_, title) => title)),
        { combined: Float32Array.from(scores), heads: {} },
        stageContext(1),
      ).rows[1].titles[0];
    expect([second(0), second(1), second(2)]).toEqual([2, 43, 2]);
  });
});
