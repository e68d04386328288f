import { describe, expect, test } from 'vitest';
import { simulate } from '../../datasets/simulate.ts';
import type { Dataset, Impressions } from '../../src/domain/tables.ts';
import { type ExaminationEstimate, examinationOf, FULLY_EXAMINED } from '../../src/ranking/examination.ts';
import { fitClickRates, fitExamination } from '../../src/ranking/examination-em.ts';
import { estimateExamination } from '../../src/ranking/examination-from-clicks.ts';
import { examinationProbability } from '../../src/simulator/response.ts';

const impressionsOf = ({ impressions }: Dataset): Impressions => {
  if (impressions === undefined) throw new Error('a world has impressions');
  return impressions;
};

/** Largest relative error over the places of a world's devices. */
const largestError = (estimate: ExaminationEstimate): number => {
  let worst = 0;
  for (let device = 1; device <= 4; device++) {
    for (let row = 0; row < 4; row++) {
      for (let position = 0; position < 5; position++) {
        const truth = examinationProbability(device, row, position) / examinationProbability(device, 0, 0);
        worst = Math.max(worst, Math.abs(examinationOf(estimate, device, row, position) / truth - 1));
      }
    }
  }
  return worst;
};

describe('the examination curve', () => {
  test('is found behind the clicks of pages whose places draw alike', () => {
    // All places random: about 2,500 clicks a device and more; a cell's factor then has an error near 6 %.
    const { dataset } = simulate({
      seed: 2,
      titles: 400,
      members: 3_000,
      days: 20,
      visitsPerDay: 0.5,
      randomSlotShare: 1,
    });
    const impressions = impressionsOf(dataset);
    const estimate = estimateExamination(impressions, 0, impressions.time.length, dataset.titles);
    expect(largestError(estimate)).toBeLessThan(0.25);
    expect(examinationOf(estimate, 1, 0, 0)).toBe(1);
    expect(examinationOf(estimate, 1, 99, 99)).toBe(examinationOf(estimate, 1, 3, 4));
  });

  test('is found behind pages whose rows draw better titles, one page in ten being random', () => {
    // 600,000 impressions: 60,000 random ones alone would leave errors of 25 %; all pages leave a standard error of
    // 4 % in the rarest factor, and the largest of 80 places is near three of those.
    const { dataset } = simulate({ seed: 3, titles: 2_000, members: 4_000, days: 30, visitsPerDay: 0.25 });
    const impressions = impressionsOf(dataset);
    expect(impressions.time.length).toBeGreaterThan(400_000);
    const estimate = estimateExamination(impressions, 0, impressions.time.length, dataset.titles);
    expect(largestError(estimate)).toBeLessThan(0.14);
  });

  test('is 1 everywhere without impressions, or on a device that was never seen', () => {
    expect(examinationOf(FULLY_EXAMINED, 0, 3, 3)).toBe(1);
    expect(examinationOf(FULLY_EXAMINED, 7, 0, 0)).toBe(1);
  });
});

/** Expected clicks, as they are, of two devices with 2 rows of 2, three strata and a ranking that knows the strata. */
const planted = (shownOnSecond: number) => {
  const row = [1, 0.5];
  const position = [1, 0.8];
  const attractive = [0.05, 0.2, 0.5];
  const shown = new Float64Array(2 * 2 * 2 * 3);
  const clicks = new Float64Array(shown.length);
  for (let d = 0, cell = 0; d < 2; d++) {
    for (let r = 0; r < 2; r++) {
      for (let p = 0; p < 2; p++) {
        for (let s = 0; s < 3; s++, cell++) {
          shown[cell] = (d === 0 ? 10_000 : shownOnSecond) * (r === 0 ? s + 1 : 3 - s); // better titles in row 0
          clicks[cell] = shown[cell] * row[r] * position[p] * attractive[s];
        }
      }
    }
  }
  return { strata: 3, shown, clicks };
};

const sumOverStrata = (cells: Float64Array): Float64Array =>
  Float64Array.from(
    { length: cells.length / 3 },
    (_, i) => cells[3 * i] + cells[3 * i + 1] + cells[3 * i + 2],
  );

describe('EM over places and strata', () => {
  const sizes = { devices: 2, rows: 2, positions: 2 };

  test('takes out what the ranking knew, which the click rates of places hold', () => {
    const { strata, shown, clicks } = planted(10_000);
    const naive = fitClickRates(sizes, sumOverStrata(clicks), sumOverStrata(shown));
    expect(naive.row[1]).toBeLessThan(0.4); // truth 0.5
    const fitted = fitExamination({ strata, shown, clicks }, naive);
    for (const device of [0, 1]) {
      expect(Math.abs(fitted.row[2 * device + 1] - 0.5)).toBeLessThan(0.01);
      expect(Math.abs(fitted.position[2 * device + 1] - 0.8)).toBeLessThan(0.01);
    }
  });

  test('draws a device that was hardly ever seen to the others', () => {
    const { strata, shown, clicks } = planted(0.1);
    const half = shown.length / 2;
    for (let cell = half; cell < shown.length; cell++) clicks[cell] = cell % 6 < 3 ? 0 : shown[cell]; // nonsense
    const start = fitClickRates(sizes, sumOverStrata(clicks), sumOverStrata(shown));
    const fitted = fitExamination({ strata, shown, clicks }, start);
    expect(Math.abs(fitted.row[3] - 0.5)).toBeLessThan(0.05);
    expect(Math.abs(fitted.position[3] - 0.8)).toBeLessThan(0.05);
  });
});
