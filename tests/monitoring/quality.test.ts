import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/domain/clock.ts';
import { createIntakeWatch, qualityOf } from '../../src/monitoring/quality.ts';

const START = 1_000 * DAY_MS;

/** Hours of so many events and pages each; then looks, a minute into the hour after. */
const afterHours = (
  events: readonly number[],
  options: {
    quarantined?: number;
    strangers?: number;
    late?: number;
    silentMs?: number;
    modelAgeMs?: number;
  } = {},
) => {
  const moment = { at: START };
  const watch = createIntakeWatch({ now: () => moment.at });
  const { quarantined = 0, strangers = 0, late = 0, silentMs = 0, modelAgeMs = DAY_MS } = options;
  for (const [hour, count] of events.entries()) {
    moment.at = START + (hour + 1) * HOUR_MS - 60_000;
    for (let i = 0; i < 200; i++) watch.page(i < 200 * strangers);
    for (let i = 0; i < count; i++) {
      watch.event({ outcome: i < count * quarantined ? 'quarantined' : 'applied', late: i < count * late });
    }
  }
  const now = START + events.length * HOUR_MS + silentMs;
  moment.at = now;
  const checks = qualityOf({
    counts: watch.counts(),
    now,
    learnedUntil: now - modelAgeMs,
    missingShare: 0,
    outsideShare: 0,
  });
  return checks.filter(({ failed }) => failed).map(({ name }) => name);
};

describe('data quality', () => {
  it('says nothing of what is usual', () => {
    expect(afterHours([1_000, 1_050, 980, 1_020])).toEqual([]);
    expect(afterHours([])).toEqual([]);
    expect(afterHours([1_000, 10])).toEqual([]); // too few hours to know what is usual
    expect(afterHours([8, 9, 7, 3])).toEqual([]); // half, as chance has it
  });

  it('finds hours of too few and of too many events', () => {
    expect(afterHours([1_000, 1_050, 980, 300])).toEqual(['volume.events']);
    expect(afterHours([1_000, 1_050, 980, 5_000])).toEqual(['volume.events']);
    expect(afterHours([1_000, 1_050, 980, 0])).toEqual(['volume.events', 'events.age']);
  });

  it('finds unknown titles, unknown members and late events', () => {
    expect(afterHours([1_000], { quarantined: 0.05 })).toEqual(['events.unknown-title']);
    expect(afterHours([1_000], { strangers: 0.8 })).toEqual(['pages.unknown-member']);
    expect(afterHours([1_000], { late: 0.2 })).toEqual(['events.late']);
  });

  it('finds events that stopped while pages go on, and a model that is old', () => {
    expect(afterHours([1_000], { silentMs: 16 * 60_000 })).toEqual(['events.age']);
    expect(afterHours([1_000], { modelAgeMs: 8 * DAY_MS })).toEqual(['model.age']);
  });

  it('finds features that are missing or out of range', () => {
    const counts = createIntakeWatch({ now: () => START }).counts();
    const looked = (missingShare: number, outsideShare: number) =>
      qualityOf({ counts, now: START, learnedUntil: START, missingShare, outsideShare })
        .filter(({ failed }) => failed)
        .map(({ name }) => name);
    expect(looked(0, 0)).toEqual([]);
    expect(looked(0.01, 0)).toEqual(['features.missing']);
    expect(looked(0, 0.2)).toEqual(['features.out-of-range']);
  });

  it('adds up what several processes counted', () => {
    const watches = [1, 2].map(() => createIntakeWatch({ now: () => START }));
    for (const watch of watches)
      for (let i = 0; i < 60; i++) watch.event({ outcome: 'quarantined', late: false });
    const [one, other] = watches.map((watch) => watch.counts());
    const both = one.map((count, i) => count + other[i]);
    const found = qualityOf({
      counts: both,
      now: START,
      learnedUntil: START,
      missingShare: 0,
      outsideShare: 0,
    });
    expect(found.find(({ name }) => name === 'events.unknown-title')).toMatchObject({
      value: 1,
      failed: true,
    });
  });
});
