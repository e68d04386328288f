import { describe, expect, it } from 'vitest';
import type { CandidateGenerator } from '../../src/candidate-gen/contract.ts';
import { type CandidateList, UNKNOWN_MEMBER } from '../../src/domain/request.ts';
import {
  emptyFixture,
  PLANTED_MEMBERS,
  PLANTED_RELEASED,
  type PlantedFixture,
  plantedFixture,
  stageContext,
} from './fixture.ts';

/** What every candidate generator must do. `make` builds one for the fixture that it is given. */
export function describeCandidateGenerator(
  name: string,
  make: (fixture: PlantedFixture) => CandidateGenerator | Promise<CandidateGenerator>,
): void {
  describe(`${name} is a candidate generator`, () => {
    const fixture = plantedFixture();
    const everyone = [UNKNOWN_MEMBER, ...Array.from({ length: PLANTED_MEMBERS }, (_, member) => member)];
    let made: Promise<CandidateGenerator> | undefined;
    const generator = (): Promise<CandidateGenerator> => (made ??= Promise.resolve(make(fixture)));
    const ask = async (member: number, limit: number, seed = 1): Promise<CandidateList> =>
      (await generator()).generate(fixture.request(member), limit, stageContext(seed));

    it('has a kebab-case name', async () => {
      expect((await generator()).name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    });

    it('gives distinct titles of the catalogue, best first, with a score each that is a number', async () => {
      for (const member of everyone) {
        const { items, scores } = await ask(member, 30);
        expect(scores).toHaveLength(items.length);
        expect(new Set(items).size).toBe(items.length);
        for (let i = 0; i < items.length; i++) {
          expect(items[i]).toBeLessThan(fixture.dataset.titles.ids.length);
          expect(scores[i]).not.toBeNaN();
          if (i > 0) expect(scores[i]).toBeLessThanOrEqual(scores[i - 1]);
        }
      }
    });

    it.each([0, 1, 7, 30])('gives at most %i titles when asked for so many', async (limit) => {
      for (const member of everyone) {
        const { items } = await ask(member, limit);
        expect(items.length).toBeLessThanOrEqual(limit);
      }
    });

    it('gives every title that is left when asked for more than there are', async () => {
      for (const member of everyone) {
        const left = PLANTED_RELEASED - fixture.request(member).profile.historyTitles.length;
        expect((await ask(member, 1000)).items).toHaveLength(left);
      }
    });

    it('never gives a title of the history', async () => {
      for (const member of everyone) {
        const history = new Set(fixture.request(member).profile.historyTitles);
        const { items } = await ask(member, 1000);
        expect([...items].filter((title) => history.has(title))).toEqual([]);
      }
    });

    it('never gives a title before its release', async () => {
      for (const member of everyone) {
        const { items } = await ask(member, 1000);
        expect([...items].filter((title) => title >= PLANTED_RELEASED)).toEqual([]);
      }
    });

    it('serves a member whom it has never seen', async () => {
      expect((await ask(UNKNOWN_MEMBER, 10)).items).toHaveLength(10);
    });

    it('gives the same list for the same seed and request, whatever was asked in between', async () => {
      const first = await ask(3, 20);
      await ask(4, 50);
      const second = await ask(3, 20);
      expect(second).toEqual(first);
      const other = await (await make(fixture)).generate(fixture.request(3), 20, stageContext(1));
      expect(other).toEqual(first);
    });

    it('hands out a list of its own: a later request does not change it', async () => {
      const first = await ask(3, 20);
      const copy = { items: first.items.slice(), scores: first.scores.slice() };
      await ask(5, 20);
      expect(first).toEqual(copy);
    });

    it('gives nothing from an empty catalogue', async () => {
      const empty = emptyFixture();
      const source = await make(empty);
      for (const member of [UNKNOWN_MEMBER, 0]) {
        const { items, scores } = await source.generate(empty.request(member), 10, stageContext(1));
        expect([items.length, scores.length]).toEqual([0, 0]);
      }
    });

    it('throws the reason of a signal that is aborted', async () => {
      const reason = new Error('the deadline has passed');
      const asked = (await generator()).generate(
        fixture.request(0),
        10,
        stageContext(1, AbortSignal.abort(reason)),
      );
      await expect(asked).rejects.toBe(reason);
    });
  });
}
