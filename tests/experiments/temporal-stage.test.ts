import { describe, expect, test } from 'vitest';
import type { CandidateGenerator } from '../../src/candidate-gen/contract.ts';
import { fixedClock } from '../../src/domain/clock.ts';
import type { StageRow } from '../../src/domain/measurement.ts';
import { createRng } from '../../src/domain/rng.ts';
import type { MemberQueries } from '../../src/experiments/held-out.ts';
import { measureTemporal, temporalBaselines, temporalWord } from '../../src/experiments/temporal-stage.ts';
import { plantedFixture, stageContext } from '../contracts/fixture.ts';

const { dataset, at, request } = plantedFixture();
const subject = { dataset, until: at, rng: createRng(3), clock: fixedClock(at) };
const eligible = dataset.titles.releaseDay.length;

/** Each member's query holds a title that the answer below holds, or does not. */
const queries: MemberQueries[] = Array.from({ length: 8 }, (_, member) => [
  { request: request(member), played: member, finishedLater: new Set<number>() },
]);
const finds = (name: string, titles: readonly number[]): CandidateGenerator => ({
  name,
  generate: async () => ({ items: Uint32Array.from(titles), scores: new Float32Array(titles.length) }),
});
const figures = (rows: readonly StageRow[]) =>
  new Map(rows.flatMap((row) => ('absent' in row ? [] : [[row.measurement.name, row.measurement] as const])));

describe('the temporal comparison', () => {
  test('holds the two towers to the best of the baselines', async () => {
    const rows = await measureTemporal(subject, finds('two-tower', [0, 1, 2, 3]), {
      word: 'ml-small',
      baselines: [finds('poor', [0]), finds('good', [0, 1, 2]), { name: 'huge', absent: 'no memory' }],
      queries,
    });
    const named = figures(rows);
    expect(named.get('ml-small.two-tower.recall@100')).toMatchObject({
      value: 0.5,
      budget: 0.375,
      pass: true,
    });
    expect(named.get('ml-small.best-baseline.recall@100')?.value).toBe(0.375);
    expect(named.get('ml-small.poor.recall@100')?.value).toBe(0.125);
    expect(named.get('ml-small.two-tower.recall@100-over-best-baseline')?.value).toBe(0.125);
    expect(rows).toContainEqual({ stage: 'ml-small huge', absent: 'no memory' });
    const worse = await measureTemporal(subject, finds('two-tower', [0]), {
      word: 'x',
      baselines: [finds('good', [0, 1])],
      queries,
    });
    expect(figures(worse).get('x.two-tower.recall@100')?.pass).toBe(false);
  });

  test('fits every baseline on what came before, and each proposes what may be proposed', async () => {
    const baselines = temporalBaselines(subject);
    expect(baselines.map(({ name }) => name)).toEqual([
      'popularity',
      'popularity-decayed',
      'item-knn',
      'ease',
      'als',
    ]);
    for (const baseline of baselines) {
      if ('absent' in baseline) throw new Error(baseline.absent);
      const { items } = await baseline.generate(request(0), 3, stageContext(1));
      expect(items.length).toBe(3);
      for (const item of items) expect(item).toBeLessThan(eligible);
    }
  });

  test('names a split by its folder, without the edition', () => {
    expect(temporalWord('ml-latest-small')).toBe('ml-small');
    expect(temporalWord('ml-1m')).toBe('ml-1m');
    expect(temporalWord('ML_Latest')).toBe('ml');
  });
});
