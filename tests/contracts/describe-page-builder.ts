import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNKNOWN_MEMBER } from '../../src/domain/request.ts';
import { createRng } from '../../src/domain/rng.ts';
import type { Page, PageBuilder } from '../../src/ranking/contract.ts';
import {
  drawTitles,
  PLANTED_MEMBERS,
  PLANTED_RELEASED,
  type PlantedFixture,
  plantedFixture,
  poolOf,
  stageContext,
} from './fixture.ts';

/** What every page builder must do. `make` builds one for the fixture that it is given. */
export function describePageBuilder(name: string, make: (fixture: PlantedFixture) => PageBuilder): void {
  describe(`${name} is a page builder`, () => {
    const fixture = plantedFixture();
    const builder = make(fixture);
    const built = fc.record({
      member: fc.integer({ min: UNKNOWN_MEMBER, max: PLANTED_MEMBERS - 1 }),
      poolSize: fc.nat(PLANTED_RELEASED),
      seed: fc.nat(1e6),
      spread: fc.constantFrom(0, 1, -5),
    });
    type Built = typeof built extends fc.Arbitrary<infer T> ? T : never;
    const build = ({ member, poolSize, seed, spread }: Built, by = builder) => {
      const rng = createRng(seed);
      const pool = poolOf(drawTitles(rng, PLANTED_RELEASED, poolSize));
      const combined = Float32Array.from(pool.items, () => spread * rng.next());
      const request = fixture.request(member);
      const page = by.build(request, pool, { combined, heads: {} }, stageContext(1));
      return { page, pool, request };
    };
    const always = (check: (example: Built) => void): void =>
      fc.assert(fc.property(built, check), { seed: 11, numRuns: 150 });

    it('has a kebab-case name', () => {
      expect(builder.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    });

    it('puts no title on the page twice', () => {
      always((example) => {
        const shown = titlesOf(build(example).page);
        expect(new Set(shown).size).toBe(shown.length);
      });
    });

    it('shows titles of the pool or the history alone', () => {
      always((example) => {
        const { page, pool, request } = build(example);
        const allowed = new Set([...pool.items, ...request.profile.historyTitles]);
        expect(titlesOf(page).filter((title) => !allowed.has(title))).toEqual([]);
      });
    });

    it('shows something whenever the pool holds something, and no empty row', () => {
      always((example) => {
        const { page, pool } = build(example);
        if (pool.items.length > 0) expect(page.rows.length).toBeGreaterThan(0);
        for (const row of page.rows) expect(row.titles.length).toBeGreaterThan(0);
      });
    });

    it('gives each row a kebab-case template, a heading, and a score for each title that is a number', () => {
      always((example) => {
        for (const { template, heading, titles, scores } of build(example).page.rows) {
          expect(template).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
          expect(heading).not.toBe('');
          expect(scores).toHaveLength(titles.length);
          expect([...scores].filter(Number.isNaN)).toEqual([]);
        }
      });
    });

    it('builds the same page from the same request', () => {
      const other = make(fixture);
      always((example) => {
        expect(build(example, other).page).toEqual(build(example).page);
      });
    });
  });
}

const titlesOf = (page: Page): number[] => page.rows.flatMap(({ titles }) => [...titles]);
