import { describe, expect, it } from 'vitest';
import { type RecRequest, UNKNOWN_MEMBER } from '../../src/domain/request.ts';
import { createHomePage } from '../../src/ranking/page/home-page.ts';
import { describePageBuilder } from '../contracts/describe-page-builder.ts';
import { plantedFixture, poolOf, stageContext } from '../contracts/fixture.ts';

const fixture = plantedFixture();
const catalogue = fixture.dataset;
const nobody = fixture.request(UNKNOWN_MEMBER);
const falling = (size: number): number[] => Array.from({ length: size }, (_, i) => 1 - i / size);
const genreCount = catalogue.vocabulary.genres.length;
const alike = (answers: number): Float64Array => new Float64Array(answers * genreCount).fill(1);
const firstSessions = {
  rates: new Float64Array(genreCount).fill(0.1),
  survey: alike(2),
  country: alike(catalogue.vocabulary.countries.length),
  device: alike(catalogue.vocabulary.devices.length),
  hour: alike(4),
};
describePageBuilder('home-page of first sessions', ({ dataset }) =>
  createHomePage({ catalogue: dataset, firstSessions }),
);

describe('the homepage of first sessions', () => {
  const scores = falling(54).map((score) => 0.9 + 0.1 * score); // what is told apart by little is drawn
  const of = (request: RecRequest, seed: number): string => {
    const pool = poolOf(scores.map((_, title) => title));
    const ranked = { combined: Float32Array.from(scores), heads: {} };
    const page = createHomePage({ catalogue, firstSessions }).build(
      request,
      pool,
      ranked,
      stageContext(seed),
    );
    return page.rows.map(({ heading }) => heading).join();
  };
  const seeds = Array.from({ length: 12 }, (_, seed) => seed);

  it('draws its rows anew for each request, the same for the same', () => {
    expect(new Set(seeds.map((seed) => of(nobody, seed))).size).toBeGreaterThan(1);
    expect(of(nobody, 3)).toBe(of(nobody, 3));
  });

  it('is chosen as any other once the member has played enough', () => {
    const known = { ...nobody, profile: { ...nobody.profile, playCount: 8 } };
    expect(new Set(seeds.map((seed) => of(known, seed))).size).toBe(1);
  });
});
