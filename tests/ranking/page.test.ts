import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/domain/clock.ts';
import { type RecRequest, UNKNOWN_MEMBER } from '../../src/domain/request.ts';
import type { Page, PageRow } from '../../src/ranking/contract.ts';
import { rowsAsTheyCome } from '../../src/ranking/page/choose-rows.ts';
import { createHomePage, type HomePageParts } from '../../src/ranking/page/home-page.ts';
import { defaultHomePageConfig } from '../../src/ranking/page/home-page-config.ts';
import type { ExaminationWeight } from '../../src/ranking/page/place-curve.ts';
import { describePageBuilder } from '../contracts/describe-page-builder.ts';
import { PLANTED_GENRES, plantedFixture, poolOf, stageContext } from '../contracts/fixture.ts';

const fixture = plantedFixture();
const catalogue = fixture.dataset;
const nobody = fixture.request(UNKNOWN_MEMBER);
const trending = Float64Array.from(catalogue.titles.ids, (_, title) => title % 4);

const vectors = { vectors: Float32Array.from(catalogue.titles.ids, (_, title) => (title % 5) - 2), size: 1 };
const topInCountry = {
  offsets: Uint32Array.of(0, 0, 10, 13),
  titles: Uint32Array.from({ length: 13 }, (_, i) => 3 * i),
};

describePageBuilder('home-page', ({ dataset }) =>
  createHomePage({ catalogue: dataset, trending, vectors, topInCountry }),
);
describePageBuilder('home-page in the order of its templates', ({ dataset }) =>
  createHomePage({ catalogue: dataset, trending, vectors, topInCountry, choose: rowsAsTheyCome }),
);
describePageBuilder('home-page of few places', ({ dataset }) =>
  createHomePage({ catalogue: dataset, config: { rowCount: 2, columns: 3, minimumTitles: 1 } }),
);

/** Titles 0, 1, 2 ... with the given scores. */
function build(
  scores: readonly number[],
  parts: Partial<HomePageParts> = {},
  request: RecRequest = nobody,
): Page {
  const pool = poolOf(scores.map((_, title) => title));
  const ranked = { combined: Float32Array.from(scores), heads: {} };
  return createHomePage({ catalogue, ...parts }).build(request, pool, ranked, stageContext(1));
}

const templates = (page: Page): string[] => page.rows.map(({ template }) => template);
const rowOf = (page: Page, template: string): PageRow | undefined =>
  page.rows.find((row) => row.template === template);
const falling = (size: number): number[] => Array.from({ length: size }, (_, i) => 1 - i / size);

/** A request of a member with the given plays, oldest first. */
function watched(
  ...plays: readonly (readonly [title: number, daysAgo: number, fraction: number])[]
): RecRequest {
  const profile = {
    ...nobody.profile,
    historyTitles: Uint32Array.from(plays, ([title]) => title),
    historyTimes: Float64Array.from(plays, ([, daysAgo]) => nobody.at - daysAgo * DAY_MS),
    historyFractions: Float32Array.from(plays, ([, , fraction]) => fraction),
    playCount: plays.length,
  };
  return { ...nobody, profile };
}

describe('the homepage', () => {
  it('begins with the best titles of all, in order of score', () => {
    const scores = falling(54).map((_, title) => ((title * 29) % 54) / 54);
    const best = scores.map((score, title) => ({ score, title })).sort((a, b) => b.score - a.score);
    const [first] = build(scores).rows;
    expect(first.template).toBe('top-picks');
    expect([...first.titles]).toEqual(best.slice(0, 10).map(({ title }) => title));
    expect([...first.scores]).toEqual(best.slice(0, 10).map(({ score }) => Math.fround(score)));
  });

  it('orders every row by score', () => {
    const scores = falling(54).map((_, title) => ((title * 31) % 54) / 54);
    for (const { scores: row } of build(scores, { trending }, watched([55, 9, 0.5], [56, 1, 0.3])).rows) {
      expect([...row]).toEqual([...row].sort((a, b) => b - a));
    }
  });

  it('fills the page, and no more', () => {
    const page = build(falling(54), { config: { rowCount: 4, columns: 5 } });
    expect(page.rows.map(({ titles }) => titles.length)).toEqual([5, 5, 5, 5]);
  });

  it('gives genre rows titles of that genre alone, under its name', () => {
    const rows = build(falling(54)).rows.filter(({ template }) => template === 'genre');
    expect(rows.length).toBeGreaterThan(2);
    for (const { heading, titles } of rows) {
      const genre = catalogue.vocabulary.genres.indexOf(heading);
      expect([...titles].map((title) => 1 + (title % PLANTED_GENRES))).toEqual(
        Array(titles.length).fill(genre),
      );
    }
  });

  it('has a row for each genre of the vocabulary, and none for what is unknown', () => {
    const genres = { offsets: catalogue.titles.genres.offsets, codes: catalogue.titles.genres.codes.slice() };
    genres.codes.fill(0, 0, 6);
    const titles = { ...catalogue.titles, genres };
    const config = { columns: 2, rowCount: 30, minimumTitles: 1, mostOf: {} };
    const { rows } = build(falling(54), { catalogue: { ...catalogue, titles }, config });
    const headings = rows.filter(({ template }) => template === 'genre').map(({ heading }) => heading);
    expect(headings.sort()).toEqual(catalogue.vocabulary.genres.slice(1).sort());
  });

  it('puts the genre whose titles are worth most above the others', () => {
    const page = build(
      Array.from({ length: 48 }, (_, title) => (title % PLANTED_GENRES === 4 ? 0.9 : 0.1)),
      {
        config: { columns: 4 },
      },
    );
    expect(page.rows[1]).toMatchObject({ template: 'genre', heading: catalogue.vocabulary.genres[5] });
  });

  it('shows at most as many rows of a template as it is told', () => {
    const genres = (mostOf: Record<string, number>): number =>
      templates(
        build(falling(54), { config: { columns: 2, rowCount: 30, minimumTitles: 1, mostOf } }),
      ).filter((t) => t === 'genre').length;
    expect([genres({}), genres({ genre: 2 }), genres({ genre: 0 })]).toEqual([6, 2, 0]);
  });

  it('takes rows as they come where it is told to', () => {
    const scores = falling(54).reverse();
    const page = build(scores, { trending, choose: rowsAsTheyCome, config: { rowCount: 5 } });
    expect(templates(page)).toEqual(['top-picks', 'trending-now', 'genre', 'genre', 'genre']);
    expect(page.rows.slice(2).map(({ heading }) => heading)).toEqual(catalogue.vocabulary.genres.slice(1, 4));
  });

  /** Top picks take titles 0 to 3; then the named ones are worth most, the first of them most of all. */
  const worth = (...titles: readonly number[]): number[] => {
    const scores = falling(54).map((score) => score / 100);
    scores.fill(2, 0, 4);
    titles.forEach((title, i) => {
      scores[title] = 1 - i / 100;
    });
    return scores;
  };

  it('shows the most played of the pool as trending, in order of score', () => {
    const counts = new Float64Array(60);
    for (const title of [50, 20, 30, 40, 9]) counts[title] = title;
    const scores = worth(9, 20, 30, 40, 50);
    const page = build(scores, { trending: counts, config: { columns: 4, trendingDepth: 4 } });
    expect([...(rowOf(page, 'trending-now')?.titles ?? [])]).toEqual([20, 30, 40, 50]);
    expect(rowOf(build(scores, { config: { rowCount: 20 } }), 'trending-now')).toBeUndefined();
  });

  it('sees counts that change in place', () => {
    const counts = new Float64Array(60);
    const builder = createHomePage({ catalogue, trending: counts, config: { columns: 4, rowCount: 20 } });
    const pool = poolOf(falling(54).map((_, title) => title));
    const scores = { combined: Float32Array.from(falling(54)), heads: {} };
    const page = () => builder.build(nobody, pool, scores, stageContext(1));
    expect(templates(page())).not.toContain('trending-now');
    counts.fill(1, 20, 40);
    expect(templates(page())).toContain('trending-now');
  });

  it('calls new what was released within the last days, the day of the request included', () => {
    const scores = worth(54, 48, 49, 50, 51, 52, 53); // 54 is released tomorrow, which no source proposes
    const page = build(scores, { config: { columns: 4, rowCount: 20, newReleaseDays: 3 } });
    const today = Math.floor(nobody.at / DAY_MS);
    const fresh = [...(rowOf(page, 'new-releases')?.titles ?? [])];
    expect(fresh.map((title) => today - catalogue.titles.releaseDay[title])).toEqual([0, 1, 2]);
  });

  /** Vectors at a right angle, but for the titles named, which lie along one another. */
  const alongside = (...groups: readonly (readonly number[])[]) => {
    const size = groups.length + 1;
    const values = new Float32Array(60 * size);
    for (let title = 0; title < 60; title++) {
      const group = groups.findIndex((titles) => titles.includes(title));
      values[title * size + (group < 0 ? size - 1 : group)] = 1 + title;
    }
    return { vectors: values, size };
  };
  const similarTo = (page: Page): (readonly [string, ...number[]])[] =>
    page.rows
      .filter(({ template }) => template === 'because-you-watched')
      .map(({ heading, titles }) => [heading, ...titles] as const);

  it('offers, for a title that was finished, those of the pool that are most like it, in order of score', () => {
    const parts = { vectors: alongside([55, 30, 20, 9, 40]), config: { columns: 4, newReleaseDays: 0 } };
    const page = build(worth(40, 9, 20, 30), parts, watched([55, 3, 0.8]));
    expect(similarTo(page)).toEqual([['Because you watched Title 55', 40, 9, 20, 30]]);
    expect(rowOf(page, 'because-you-watched')?.reasons).toEqual(
      Array(4).fill({ kind: 'because-you-watched', title: 55 }),
    );
  });

  it('starts from titles that were finished alone, the latest of them', () => {
    const groups = [
      [55, 30, 20, 9],
      [56, 31, 21, 10],
      [57, 32, 22, 11],
    ];
    const page = (watchedAnchors: number) =>
      build(
        worth(30, 20, 9, 31, 21, 10, 32, 22, 11),
        {
          vectors: alongside(...groups),
          config: { columns: 4, newReleaseDays: 0, watchedAnchors, rowCount: 20 },
        },
        watched([55, 9, 0.7], [56, 5, 0.69], [57, 3, 1]),
      );
    const both = ['Because you watched Title 55', 'Because you watched Title 57'];
    expect(
      similarTo(page(4))
        .map(([heading]) => heading)
        .sort(),
    ).toEqual(both);
    expect(similarTo(page(1)).map(([heading]) => heading)).toEqual(both.slice(1));
  });

  it('gives a title that is like two to the one that it is more like', () => {
    const size = 2;
    const values = new Float32Array(60 * size).fill(-1);
    const put = (title: number, x: number, y: number): void => values.set([x, y], title * size);
    put(55, 1, 0);
    put(57, 0, 5); // of a vector its direction counts, not its length
    for (const title of [9, 10, 11]) put(title, 3, 1);
    for (const title of [20, 21, 22]) put(title, 1, 2);
    const page = build(
      worth(9, 20, 10, 21, 11, 22),
      { vectors: { vectors: values, size }, config: { columns: 4, newReleaseDays: 0, rowCount: 20 } },
      watched([55, 9, 0.7], [57, 3, 1]),
    );
    expect(similarTo(page)).toEqual([
      ['Because you watched Title 55', 9, 10, 11],
      ['Because you watched Title 57', 20, 21, 22],
    ]);
  });

  it("shows the top 10 of the member's country in its order, each with its rank there", () => {
    const country = {
      offsets: Uint32Array.of(0, 0, 3, 8),
      titles: Uint32Array.of(5, 6, 7, 50, 58, 30, 20, 40),
    };
    const parts = { topInCountry: country, config: { columns: 4, rowCount: 20, newReleaseDays: 0 } };
    const inCountry = (code: number) =>
      rowOf(
        build(worth(40, 30, 20, 50, 7, 6, 5), parts, {
          ...nobody,
          profile: { ...nobody.profile, country: code },
        }),
        'top-in-country',
      );
    expect(inCountry(2)).toMatchObject({
      heading: 'Top 10 in your country',
      titles: Uint32Array.of(50, 30, 20, 40),
    });
    expect(inCountry(2)?.reasons.map((reason) => 'rank' in reason && reason.rank)).toEqual([1, 3, 4, 5]);
    expect(inCountry(1)?.titles).toEqual(Uint32Array.of(5, 6, 7));
    expect(inCountry(0)).toBeUndefined();
    expect(inCountry(9)).toBeUndefined();
  });

  it('says of each title why it is there', () => {
    const request = watched([55, 1, 0.25]);
    const page = build(falling(54), { trending, config: { rowCount: 20 } }, request);
    const first = (template: string) => rowOf(page, template)?.reasons[0];
    expect(first('top-picks')).toEqual({ kind: 'top-pick' });
    expect(first('continue-watching')).toEqual({ kind: 'continue-watching', watchedFraction: 0.25 });
    expect(first('trending-now')).toEqual({ kind: 'trending' });
    const genre = page.rows.find(({ template }) => template === 'genre');
    expect(genre?.reasons).toEqual(
      Array(genre?.titles.length).fill({
        kind: 'genre',
        genre: catalogue.vocabulary.genres.indexOf(genre?.heading ?? ''),
      }),
    );
    const fresh = rowOf(build(worth(48, 49, 50), { config: { columns: 4 } }), 'new-releases');
    expect(fresh?.reasons[1]).toEqual({ kind: 'new-release', releaseDay: catalogue.titles.releaseDay[49] });
  });

  it('offers what was begun and not finished, most recent first', () => {
    const request = watched(
      [1, 9, 0.5],
      [55, 8, 0.5],
      [2, 7, 0.95],
      [3, 6, 0.01],
      [56, 5, 0.05],
      [57, 1, 0.9],
      [58, 1, 0.04],
      [59, 1, 0.91],
    );
    const row = rowOf(build(falling(54), {}, request), 'continue-watching');
    expect([...(row?.titles ?? [])]).toEqual([57, 56, 55]); // 1 stands among the top picks already
  });

  it('goes by the latest play of a title', () => {
    const request = watched(
      [55, 9, 0.5],
      [56, 8, 0.01],
      [57, 7, 0.4],
      [55, 2, 1],
      [56, 1, 0.6],
      [57, 0.5, 0.8],
    );
    expect([...(rowOf(build([1], {}, request), 'continue-watching')?.titles ?? [])]).toEqual([57, 56]);
  });

  it('values resuming less with each half-life, on the scale of the scores', () => {
    const request = watched([55, 14, 0.5], [56, 7, 0.5], [57, 0, 0.5]);
    const row = rowOf(build([9, 8, 7, 6, 5], {}, request), 'continue-watching');
    expect([...(row?.scores ?? [])]).toEqual([9, 7, 6]);
  });

  it('puts what was begun an hour ago above what was begun a month ago', () => {
    const place = (daysAgo: number): number =>
      templates(
        build(
          falling(48),
          { config: { columns: 3 } },
          watched([55, daysAgo, 0.5], [56, daysAgo, 0.5], [57, daysAgo, 0.5]),
        ),
      ).indexOf('continue-watching');
    expect(place(0.04)).toBe(0);
    expect(place(30)).toBeGreaterThan(1);
  });

  it('offers what was begun even where no source answered', () => {
    const page = build([], {}, watched([55, 1, 0.5]));
    expect(page.rows.map(({ template, titles }) => [template, ...titles])).toEqual([
      ['continue-watching', 55],
    ]);
  });

  it('leaves out rows that would be too short, and fills up with more picks', () => {
    const page = build(falling(20), { config: { columns: 4, minimumTitles: 4, rowCount: 9 } });
    expect(templates(page)).toEqual(['top-picks', ...Array(4).fill('more-picks')]);
    expect(page.rows.flatMap(({ titles }) => [...titles])).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('weighs places as it is told: where only the first column is seen, the best single title leads', () => {
    // Five dramas (18, 24 ...) for the top picks; then one good comedy (43) against many fair thrillers.
    const scores = Array.from({ length: 48 }, (_, title) => {
      if (title % PLANTED_GENRES === 0 && title >= 18) return 0.9;
      return title === 43 ? 0.7 : title % PLANTED_GENRES === 2 ? 0.5 : 0.1;
    });
    const second = (examination: ExaminationWeight): PageRow =>
      build(scores, { config: { columns: 5, newReleaseDays: 0, examination } }).rows[1];
    expect(second((_, column) => (column === 0 ? 1 : 0)).titles[0]).toBe(43);
    expect(second(() => 1).titles[0]).toBe(2);
    expect(second((row, column) => (row === 1 && column > 0 ? 0 : 1)).titles[0]).toBe(43);
  });

  it('serves scores below 0, such as log odds', () => {
    const shifted = build(
      falling(54).map((score) => score - 7),
      { trending },
    );
    expect(templates(shifted)).toEqual(templates(build(falling(54), { trending })));
  });

  it('reports scores that are not aligned or not finite as a bug', () => {
    const pool = poolOf([1, 2, 3]);
    const builder = createHomePage({ catalogue });
    const page = (...combined: number[]) =>
      builder.build(nobody, pool, { combined: Float32Array.from(combined), heads: {} }, stageContext(1));
    expect(() => page(1, 2)).toThrow(expect.objectContaining({ kind: 'bug', code: 'SCORES_NOT_ALIGNED' }));
    expect(() => page(1, Number.NaN, 2)).toThrow(
      expect.objectContaining({ kind: 'bug', code: 'SCORES_NOT_FINITE' }),
    );
  });

  it.each([
    [{ rowCount: 0 }, /rowCount to be a whole number from 1, got 0/],
    [{ columns: 2.5 }, /columns/],
    [{ minimumTitles: Number.NaN }, /minimumTitles/],
    [{ trendingDepth: 0 }, /trendingDepth/],
    [{ newReleaseDays: -1 }, /newReleaseDays/],
    [{ watchedAnchors: 0 }, /watchedAnchors/],
    [{ similarDepth: 1.5 }, /similarDepth/],
    [{ mostOf: { genre: -1 } }, /mostOf 'genre' to be a whole number from 0, got -1/],
    [{ resumeFrom: -0.1 }, /resumeFrom/],
    [{ resumeFrom: 0.5, resumeTo: 0.4 }, /resumeTo to be a fraction from 0.5 to 1, got 0.4/],
    [{ resumeHalfLifeDays: 0 }, /resumeHalfLifeDays/],
    [
      { reranking: { by: 'calibrated' as const, weight: 1.5 } },
      /reranking.weight to be a number from 0 to 1/,
    ],
    [{ examination: (row: number) => (row === 2 ? Number.NaN : 1) }, /examination\(2, 0\)/],
  ])('refuses the config %o', (config, message) => {
    expect(() => createHomePage({ catalogue, config })).toThrow(message);
  });

  it('has 8 rows of 10 unless told otherwise', () => {
    expect([defaultHomePageConfig.rowCount, defaultHomePageConfig.columns]).toEqual([8, 10]);
  });
});
