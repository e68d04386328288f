/** That a profile is the same whatever the order, the delay and the number of times in which its events came. */
import { expect, it } from 'vitest';
import { type HistoryGuards, isMismatch, randomHistory } from '../../bench/faults/event-histories.ts';
import { createRng } from '../../src/domain/rng.ts';

const HISTORIES = 80;

const mismatches = async (guards: HistoryGuards = {}): Promise<number> => {
  const rng = createRng(11);
  let count = 0;
  for (let i = 0; i < HISTORIES; i++) {
    const history = randomHistory(`m${i}`, 160, rng.fork(`${i}`));
    if (await isMismatch(`m${i}`, history, guards)) count += 1;
  }
  return count;
};

it('histories shuffled, late and sent again give the bits that the sorted ones give', async () => {
  expect(await mismatches()).toBe(0);
});

it('without telling duplicates they do not', async () => {
  const forgetful: HistoryGuards = {
    store: (store) => ({
      ...store,
      apply: (keys, decide) =>
        store.apply(keys, (current) =>
          decide(current.map((bytes, i) => (keys[i].startsWith('event/') ? undefined : bytes))),
        ),
    }),
  };
  expect(await mismatches(forgetful)).toBeGreaterThan(HISTORIES / 2);
});

it('with sums of any fractions they do not', async () => {
  const rounded = (profile: Parameters<NonNullable<HistoryGuards['profiles']>>[0]) => ({
    ...profile,
    folded: (...[id, before, changes]: Parameters<typeof profile.folded>) => {
      const inexact = before.genreExamined.map((sum) => Math.fround(sum + changes.shown.length / 3));
      return profile.folded(id, { ...before, genreExamined: inexact }, changes);
    },
  });
  expect(await mismatches({ profiles: rounded })).toBeGreaterThan(HISTORIES / 2);
});

it('in the order of arrival they do not', async () => {
  const asTheyCame: HistoryGuards = {
    profiles(profiles) {
      let arrivals = 0;
      return {
        ...profiles,
        folded: (id, before, changes) =>
          profiles.folded(id, before, {
            ...changes,
            plays: changes.plays.map((play) => ({ ...play, time: ++arrivals })),
          }),
      };
    },
  };
  expect(await mismatches(asTheyCame)).toBeGreaterThan(HISTORIES / 2);
});

it('counting each report of a viewing as a play they do not', async () => {
  const eachReport: HistoryGuards = {
    profiles: (profiles) => ({
      ...profiles,
      folded: (id, before, changes) =>
        profiles.folded(id, before, {
          ...changes,
          plays: changes.plays.map(({ counted: _, ...play }) => play),
        }),
    }),
  };
  expect(await mismatches(eachReport)).toBeGreaterThan(HISTORIES / 2);
});
