import { describe, expect, it } from 'vitest';
import { type RecRequest, UNKNOWN_MEMBER } from '../../src/domain/request.ts';
import type { Page } from '../../src/ranking/contract.ts';
import { rowsAsTheyCome } from '../../src/ranking/page/choose-rows.ts';
import { createHomePage, type HomePageParts } from '../../src/ranking/page/home-page.ts';
import type { Reranking } from '../../src/ranking/reranking/rerank.ts';
import { describePageBuilder } from '../contracts/describe-page-builder.ts';
import { PLANTED_GENRES, plantedFixture, poolOf, stageContext } from '../contracts/fixture.ts';

const fixture = plantedFixture();
const catalogue = fixture.dataset;
const vectors = { vectors: Float32Array.from(catalogue.titles.ids, (_, title) => (title % 5) - 2), size: 1 };
const nobody = fixture.request(UNKNOWN_MEMBER);

describePageBuilder('home-page re-ranked', ({ dataset }) =>
  createHomePage({ catalogue: dataset, vectors, config: { reranking: { by: 'dpp' } } }),
);

/** Titles 0, 1, 2 ... with scores that fall from 1. */
const build = (size: number, parts: Partial<HomePageParts>, request: RecRequest = nobody): Page => {
  const pool = poolOf(Array.from({ length: size }, (_, title) => title));
  const scores = { combined: pool.scores, heads: {} };
  return createHomePage({ catalogue, ...parts }).build(request, pool, scores, stageContext(1));
};

const watchedToTheEnd = (...titles: readonly number[]): RecRequest => {
  const profile = {
    ...nobody.profile,
    historyTitles: Uint32Array.from(titles),
    historyTimes: Float64Array.from(titles, () => nobody.at),
    historyFractions: new Float32Array(titles.length).fill(1),
    playCount: titles.length,
  };
  return { ...nobody, profile };
};

describe('a re-ranked homepage', () => {
  it('puts the best titles in another order where the config names a re-ranker, and nothing else', () => {
    // Two sorts of title, the better ones all of the first: variety brings one of the second to the front.
    const alike = Float32Array.from(catalogue.titles.ids.flatMap((_, t) => (t < 10 ? [1, 0] : [0, 1])));
    const parts = (reranking?: Reranking): Partial<HomePageParts> => ({
      vectors: { vectors: alike, size: 2 },
      config: { rowCount: 1, newReleaseDays: 0, ...(reranking === undefined ? {} : { reranking }) },
    });
    const first = (reranking?: Reranking): number[] => [
      ...build(20, parts(reranking)).rows[0].titles.subarray(0, 2),
    ];
    expect(first()).toEqual([0, 1]);
    for (const by of ['mmr', 'dpp'] as const) {
      expect(first({ by, weight: 1 })).toEqual([0, 1]);
      expect(first({ by, weight: 0.3 })).toEqual([0, 10]);
      expect(first({ by, weight: 0.3, depth: 10 })).not.toContain(10);
    }
  });

  it('follows the genres of the history where it is re-ranked by calibration', () => {
    const request = watchedToTheEnd(5, 11); // both of genre 6, as 17, 23 ... are
    const config = {
      rowCount: 1,
      columns: 4,
      newReleaseDays: 0,
      reranking: { by: 'calibrated', weight: 0.9 },
    };
    const [row] = build(40, { config, choose: rowsAsTheyCome } as Partial<HomePageParts>, request).rows;
    expect([...row.titles].filter((title) => title % PLANTED_GENRES === 5).length).toBeGreaterThanOrEqual(3);
  });

  it.each([
    [{ by: 'calibrated' as const, weight: 1.5 }, /reranking.weight to be a number from 0 to 1/],
    [{ by: 'calibrated' as const, depth: 0 }, /reranking.depth/],
    [{ by: 'mmr' as const }, /reranking by mmr needs vectors/],
  ])('refuses the re-ranker %o', (reranking, message) => {
    expect(() => createHomePage({ catalogue, config: { reranking } })).toThrow(message);
  });
});
