import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { meanNdcg } from '../../src/experiments/evaluate-ranking.ts';
import { REPLY_DRAWS, worldReplies } from '../../src/experiments/world-replies.ts';
import { untrainedSubject } from './untrained-subject.ts';

const { subject, queries } = untrainedSubject();
const { world } = subject;
if (world === undefined) throw new Error('expected a world');
const requests = queries.map(([{ request }]) => request);
const all = Uint32Array.from(subject.dataset.titles.ids, (_, title) => title);

describe('worldReplies', () => {
  it('lets a title be finished in its true share of the draws', () => {
    let [finishes, expectedFinishes, variance] = [0, 0, 0];
    for (const request of requests) {
      const { expected, finished } = worldReplies(world, request, all, createRng(1));
      expect(finished).toHaveLength(REPLY_DRAWS);
      for (const titles of finished) finishes += titles.size;
      for (const p of expected) {
        expectedFinishes += REPLY_DRAWS * p;
        variance += REPLY_DRAWS * p * (1 - p);
      }
    }
    expect(Math.abs(finishes - expectedFinishes)).toBeLessThan(4 * Math.sqrt(variance));
  });

  it('draws anew each time that the member is asked', () => {
    const { finished } = worldReplies(world, requests[0], all, createRng(1));
    expect(new Set(finished.map((titles) => [...titles].join())).size).toBe(REPLY_DRAWS);
  });

  it('answers of a title alike, whatever is listed beside it', () => {
    const some = all.filter((title) => title % 7 === 3);
    const whole = worldReplies(world, requests[0], all, createRng(1)).finished;
    const part = worldReplies(world, requests[0], some, createRng(1)).finished;
    for (let draw = 0; draw < REPLY_DRAWS; draw++)
      expect([...part[draw]]).toEqual([...whole[draw]].filter((title) => title % 7 === 3));
  });
});

describe('meanNdcg', () => {
  it('is the mean over draws, a draw with nothing relevant counting 0', () => {
    const draws = [new Set([4]), new Set([7]), new Set<number>()];
    expect(meanNdcg([4, 7, 9], draws, 2)).toBeCloseTo((1 + 1 / Math.log2(3)) / 3, 12);
  });
});
