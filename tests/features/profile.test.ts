import { expect, test } from 'vitest';
import { HISTORY_LIMIT, THUMBS_LIMIT } from '../../src/domain/request.ts';
import { dislikedTitles, emptyProfile, foldPlay, foldShown, foldThumb } from '../../src/features/profile.ts';

const genres = {
  offsets: Uint32Array.from({ length: 101 }, (_, i) => i),
  codes: Uint8Array.from({ length: 100 }, (_, i) => i % 3),
};
const play = (title: number, time: number, watchedFraction = 0.5) => ({ title, time, watchedFraction });

test('a play joins the history and the genre sums; the profile given is left alone', () => {
  const empty = emptyProfile(3);
  const one = foldPlay(empty, play(4, 10, 0.25), genres);
  expect([...one.historyTitles]).toEqual([4]);
  expect([...one.genreWatched]).toEqual([0, 0.25, 0]);
  expect([...one.genrePlayed]).toEqual([0, 1, 0]);
  expect(one.playCount).toBe(1);
  expect(empty.playCount).toBe(0);
  expect(empty.historyTitles.length).toBe(0);
});

test('late plays take their place in time', () => {
  let profile = emptyProfile(3);
  for (const time of [10, 30, 20, 0]) profile = foldPlay(profile, play(time, time), genres);
  expect([...profile.historyTitles]).toEqual([0, 10, 20, 30]);
  expect([...profile.historyTimes]).toEqual([0, 10, 20, 30]);
});

test('a title watched again stands once, at its latest play', () => {
  let profile = emptyProfile(3);
  for (const p of [play(1, 1), play(2, 2), play(1, 3, 0.9), play(2, 0)])
    profile = foldPlay(profile, p, genres);
  expect([...profile.historyTitles]).toEqual([2, 1]);
  expect(profile.historyFractions[1]).toBeCloseTo(0.9);
  expect(profile.playCount).toBe(4);
});

test('the history keeps the newest plays and forgets a play older than all of them', () => {
  let profile = emptyProfile(3);
  for (let i = 1; i <= HISTORY_LIMIT + 5; i++) profile = foldPlay(profile, play(i, i), genres);
  expect(profile.historyTitles.length).toBe(HISTORY_LIMIT);
  expect(profile.historyTitles[0]).toBe(6);
  const late = foldPlay(profile, play(99, 0), genres);
  expect([...late.historyTitles]).toEqual([...profile.historyTitles]);
  expect(late.playCount).toBe(HISTORY_LIMIT + 6);
});

test('what was shown is summed by genre, by how likely it was looked at', () => {
  const before = foldPlay(emptyProfile(3), play(4, 10, 0.25), genres);
  const shown = [
    { title: 1, examined: 0.5 },
    { title: 4, examined: 0.25 },
    { title: 2, examined: 1 },
  ];
  const after = foldShown(foldShown(before, shown, genres), [{ title: 2, examined: 0.125 }], genres);
  expect([...after.genreExamined]).toEqual([0, 0.75, 1.125]);
  expect(after).toEqual({ ...before, genreExamined: after.genreExamined });
  expect([...before.genreExamined]).toEqual([0, 0, 0]);
});

test('of two plays of one moment the one watched longer stands, whichever came first', () => {
  const two = [play(1, 5, 0.2), play(1, 5, 0.6)];
  for (const order of [two, [...two].reverse()]) {
    const profile = order.reduce((before, p) => foldPlay(before, p, genres), emptyProfile(3));
    expect(profile.historyFractions).toEqual(Float32Array.of(0.6));
    expect(profile.playCount).toBe(2);
  }
});

test('sums are the same to the bit in every order, where single precision would tell orders apart', () => {
  const shares = Array.from({ length: 300 }, (_, i) => ({
    title: 3 * (i % 9),
    examined: 1 / (i + 3),
  }));
  const folded = (order: typeof shares) => foldShown(emptyProfile(3), order, genres);
  const sums = (order: typeof shares) => folded(order).genreExamined[0];
  const plain = (order: typeof shares) => order.reduce((sum, { examined }) => Math.fround(sum + examined), 0);
  const reversed = [...shares].reverse();
  expect(plain(reversed)).not.toBe(plain(shares));
  expect(folded(reversed)).toEqual(folded(shares));
  expect(sums(shares)).toBeCloseTo(
    shares.reduce((sum, { examined }) => sum + examined, 0),
    3, // 300 roundings to half of 2^-20
  );
});

test('what was counted of a viewing is counted no second time', () => {
  const begun = foldPlay(emptyProfile(3), play(4, 10, 0.25), genres);
  const after = foldPlay(begun, { ...play(4, 20, 0.75), counted: 0.25 }, genres);
  expect([after.playCount, after.genreWatched[1], after.genrePlayed[1]]).toEqual([1, 0.75, 1]);
  const back = foldPlay(after, { ...play(4, 30, 0.1), counted: 0.75 }, genres);
  expect([back.genreWatched[1], back.historyFractions[0]]).toEqual([0.75, Math.fround(0.1)]);
});

test('the latest judgement of a title stands, and the newest are kept', () => {
  let profile = emptyProfile(3);
  for (let i = 0; i < THUMBS_LIMIT + 2; i++) profile = foldThumb(profile, { title: i, time: i, up: false });
  profile = foldThumb(profile, { title: 50, time: 10_000, up: true });
  profile = foldThumb(profile, { title: 50, time: 9_000, up: false });
  expect(profile.thumbTitles).toHaveLength(THUMBS_LIMIT);
  const disliked = dislikedTitles(profile);
  expect([disliked.has(0), disliked.has(1), disliked.has(2), disliked.has(50)]).toEqual([
    false,
    false,
    true,
    false,
  ]);
});
