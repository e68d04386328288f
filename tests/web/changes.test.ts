import { expect, it } from 'vitest';
import { changesBetween, isUnchanged } from '../../web/homepage/changes.ts';
import { type Page, stagesIn } from '../../web/homepage/served-page.ts';

const page = (rows: Readonly<Record<string, readonly string[]>>): Page => ({
  requestId: 'r',
  member: 'm',
  modelVersion: 'v',
  degraded: [],
  origin: 'personalised',
  rows: Object.entries(rows).map(([heading, ids]) => ({
    template: 'genre',
    heading,
    titles: ids.map((id) => ({
      ...{ id, name: id.toUpperCase(), score: 1, artwork: null },
      reason: { kind: 'genre' as const, text: heading, source: 's', sourceScore: 1 },
    })),
  })),
});

it('tells what arrived, what left, what moved, and which rows did', () => {
  const changes = changesBetween(
    page({ Drama: ['a', 'b'], Crime: ['c', 'd'], Western: ['e'] }),
    page({ Crime: ['c', 'b'], 'Because you watched A': ['f'], Drama: ['d'] }),
  );
  expect([...changes.arrived]).toEqual(['f']);
  expect(changes.left).toEqual(['A', 'E']);
  expect(Object.fromEntries(changes.moved)).toEqual({
    b: { from: 'Drama', rows: 0 },
    d: { from: 'Crime', rows: -1 },
  });
  expect(changes.newRows).toEqual(['Because you watched A']);
  expect(changes.goneRows).toEqual(['Western']);
  expect(Object.fromEntries(changes.movedRows)).toEqual({ Crime: 1, Drama: -2 });
});

it('finds no change between a page and itself', () => {
  const same = page({ Drama: ['a', 'b'], Crime: ['c'] });
  expect(isUnchanged(changesBetween(same, same))).toBe(true);
  expect(isUnchanged(changesBetween(same, page({ Drama: ['a'], Crime: ['c'] })))).toBe(false);
});

it('reads when each stage began, what it took, its budget and its fallback from Server-Timing', () => {
  const header =
    'context;dur=0.45;start=0.10;budget=5, ranking;dur=50.20;desc="late";start=11.00;budget=50, request;dur=63.00;start=0.00;budget=100';
  expect(stagesIn(header)).toEqual([
    { stage: 'context', startMs: 0.1, durationMs: 0.45, budgetMs: 5 },
    { stage: 'ranking', startMs: 11, durationMs: 50.2, budgetMs: 50, degraded: 'late' },
    { stage: 'request', startMs: 0, durationMs: 63, budgetMs: 100 },
  ]);
  expect(stagesIn('')).toEqual([]);
});
