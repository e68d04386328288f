import { expect, it } from 'vitest';
import { emptyProfile, foldPlay, foldThumb } from '../../src/features/profile.ts';
import type { DressedRow } from '../../src/serving/pipelines/journey.ts';
import { withoutSeen } from '../../src/serving/pipelines/without-seen.ts';
import { dataset } from './serving-fixture.ts';

const row = (template: string, titles: readonly number[]): DressedRow => ({
  ...{ template, heading: template, titles: Uint32Array.from(titles) },
  scores: Float32Array.from(titles, (title) => title / 100),
  reasons: titles.map((genre) => ({ kind: 'genre', genre })),
  origins: titles.map((score) => ({ source: 'popularity', score })),
  choice: {
    artworks: Uint32Array.from(titles, (title) => 2 * title),
    propensities: new Float32Array(titles.length).fill(0.5),
    selected: new Uint8Array(titles.length),
  },
});

it('what was watched or turned down since leaves an old page, with all that belongs to it', () => {
  const { titles, vocabulary } = dataset;
  const plays = [
    { title: 1, time: 1, watchedFraction: 1 },
    { title: 4, time: 2, watchedFraction: 0.3 },
  ];
  const watched = plays.reduce(
    (before, play) => foldPlay(before, play, titles.genres),
    emptyProfile(vocabulary.genres.length),
  );
  const profile = foldThumb(watched, { title: 6, time: 3, up: false });
  const untouched = row('genre', [10, 11]);
  const page = {
    origin: 'cached' as const,
    rows: [
      row('top-picks', [1, 2, 4, 3]),
      row('continue-watching', [1, 4]),
      row('new-releases', [6]),
      untouched,
    ],
  };
  const { origin, rows } = withoutSeen(page, profile);
  expect(origin).toBe('cached');
  expect(rows).toEqual([row('top-picks', [2, 3]), row('continue-watching', [4]), untouched]);
  expect(withoutSeen(page, emptyProfile(vocabulary.genres.length))).toEqual(page);
});
