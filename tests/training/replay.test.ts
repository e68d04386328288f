import { expect, test } from 'vitest';
import { simulate } from '../../datasets/simulate.ts';
import { datasetBefore } from '../../datasets/split.ts';
import { replay } from '../../src/training/replay.ts';

const { dataset } = simulate({ seed: 3, titles: 200, members: 120, days: 15, visitsPerDay: 0.5 });
const { plays, impressions } = dataset;
const half = plays.time[Math.floor(plays.time.length / 2)];

test('what is shown to a visitor was known before the event, and nothing else', () => {
  let pages = 0;
  let seen = 0;
  replay(dataset, Number.POSITIVE_INFINITY, () => 1, {
    page(from, to, known) {
      pages++;
      const time = impressions?.time[from] ?? Number.NaN;
      const { historyTimes, historyTitles } = known.profileOf(impressions?.member[from] ?? 0);
      for (const at of historyTimes) if (at >= time) throw new Error(`a play of ${at} is known at ${time}`);
      for (let i = from; i < to; i++) {
        if (historyTitles.includes(impressions?.title[i] ?? 0)) throw new Error('a played title is shown');
      }
    },
    play(row, known) {
      seen++;
      expect(known.profileOf(plays.member[row]).historyTitles.includes(plays.title[row])).toBe(false);
      expect(known.counts.totals.plays).toBe(row);
    },
  });
  expect(seen).toBe(plays.time.length);
  expect(pages).toBe(new Set(impressions?.requestId).size);
});

test('what comes later changes nothing of what is known at a moment', () => {
  const whole = replay(dataset, half, () => 0.5);
  const cut = replay(datasetBefore(dataset, half), half, () => 0.5);
  expect(cut.counts).toEqual(whole.counts);
  for (let m = 0; m < dataset.members.ids.length; m++) expect(cut.profileOf(m)).toEqual(whole.profileOf(m));
});

test('counts are those of the tables', () => {
  const { counts } = replay(dataset, half, () => 0.5);
  const before = plays.time.filter((time) => time < half).length;
  expect(counts.totals.plays).toBe(before);
  const shown = (impressions?.time ?? new Float64Array(0)).filter((time) => time < half).length;
  expect(counts.totals.exposures).toBe(shown / 2);
  expect(counts.plays.reduce((sum, x) => sum + x, 0)).toBe(before);
});
