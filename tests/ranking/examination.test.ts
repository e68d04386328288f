import { describe, expect, test } from 'vitest';
import { simulate } from '../../datasets/simulate.ts';
import { estimateExamination, examinationOf, FULLY_EXAMINED } from '../../src/ranking/examination.ts';
import { examinationProbability } from '../../src/simulator/response.ts';

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
    const { impressions } = dataset;
    if (impressions === undefined) throw new Error('a world has impressions');
    const estimate = estimateExamination(impressions, 0, impressions.time.length);
    for (let device = 1; device <= 4; device++) {
      for (let row = 0; row < 4; row++) {
        for (let position = 0; position < 5; position++) {
          const truth = examinationProbability(device, row, position) / examinationProbability(device, 0, 0);
          const ratio = examinationOf(estimate, device, row, position) / truth;
          expect(Math.abs(ratio - 1)).toBeLessThan(0.25);
        }
      }
    }
    expect(examinationOf(estimate, 1, 0, 0)).toBe(1);
    expect(examinationOf(estimate, 1, 99, 99)).toBe(examinationOf(estimate, 1, 3, 4));
  });

  test('is 1 everywhere without impressions, or on a device that was never seen', () => {
    expect(examinationOf(FULLY_EXAMINED, 0, 3, 3)).toBe(1);
    expect(examinationOf(FULLY_EXAMINED, 7, 0, 0)).toBe(1);
  });
});
