import { describe, expect, test } from 'vitest';
import {
  averagePrecisionAtK,
  cappedRecallAtK,
  hitRateAtK,
  mrr,
  ndcgAtK,
  recallAtK,
} from '../../src/evaluation/ranking-metrics.ts';

// Ranked: 7 3 9 1 5. Relevant: 3, 5, 8 (8 was not retrieved).
const ranked = [7, 3, 9, 1, 5];
const relevant = new Set([3, 5, 8]);
const nothing = new Set<number>();

describe('metrics worked by hand', () => {
  test('recall: 1 of 3 within the first 2, 2 of 3 within the first 5', () => {
    expect(recallAtK(ranked, relevant, 2)).toBeCloseTo(1 / 3, 12);
    expect(recallAtK(ranked, relevant, 5)).toBeCloseTo(2 / 3, 12);
    expect(recallAtK(ranked, relevant, 50)).toBeCloseTo(2 / 3, 12);
  });

  test('capped recall: at 2 the most that can be found is 2', () => {
    expect(cappedRecallAtK(ranked, relevant, 2)).toBe(0.5);
    expect(cappedRecallAtK(ranked, relevant, 5)).toBeCloseTo(2 / 3, 12);
  });

  test('hit rate: the first hit stands at rank 2', () => {
    expect(hitRateAtK(ranked, relevant, 1)).toBe(0);
    expect(hitRateAtK(ranked, relevant, 2)).toBe(1);
  });

  test('NDCG, binary: hits at ranks 2 and 5 against hits at 1, 2 and 3', () => {
    // DCG = 1/log2(3) + 1/log2(6) = 0.63093 + 0.38685; ideal = 1 + 0.63093 + 0.5
    expect(ndcgAtK(ranked, relevant, 5)).toBeCloseTo((0.6309297536 + 0.3868528072) / 2.1309297536, 9);
    // At 2: 0.63093 against the best two, 1 + 0.63093
    expect(ndcgAtK(ranked, relevant, 2)).toBeCloseTo(0.6309297536 / 1.6309297536, 9);
  });

  test('NDCG, graded: gains 3 at rank 2 and 1 at rank 5, and 2 that was missed', () => {
    const gains = new Map([
      [3, 3],
      [5, 1],
      [8, 2],
    ]);
    // DCG = 3 * 0.63093 + 1 * 0.38685; ideal = 3 + 2 * 0.63093 + 1 * 0.5
    expect(ndcgAtK(ranked, gains, 5)).toBeCloseTo(
      (3 * 0.6309297536 + 0.3868528072) / (3.5 + 2 * 0.6309297536),
      9,
    );
  });

  test('average precision: precision 1/2 at rank 2 and 2/5 at rank 5, over 3', () => {
    expect(averagePrecisionAtK(ranked, relevant, 5)).toBeCloseTo((1 / 2 + 2 / 5) / 3, 12);
    expect(averagePrecisionAtK(ranked, relevant, 2)).toBeCloseTo(1 / 2 / 2, 12);
  });

  test('reciprocal rank: 1/2; 0 where nothing is found', () => {
    expect(mrr(ranked, relevant)).toBe(0.5);
    expect(mrr(ranked, new Set([100]))).toBe(0);
  });

  test('a user with nothing relevant gives 0, and k must be a whole number from 1', () => {
    for (const metric of [recallAtK, cappedRecallAtK, hitRateAtK, ndcgAtK, averagePrecisionAtK]) {
      expect(metric(ranked, nothing, 5)).toBe(0);
      for (const k of [0, -1, 1.5, Number.NaN]) expect(() => metric(ranked, relevant, k)).toThrow(RangeError);
    }
  });
});
