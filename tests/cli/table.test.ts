import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TABLE_WIDTH, tableText } from '../../src/cli/table.ts';
import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';

const recall: Measurement = {
  name: 'two-tower.recall@100',
  value: 0.31234,
  unit: 'share',
  n: 4_000,
  ci: [0.30534, 0.31934],
  baselines: [
    { name: 'popularity', value: 0.11234 },
    { name: 'random', value: 0.0102 },
  ],
};
const inMs = (name: string, value: number): Measurement => ({ name, value, unit: 'ms', n: 2_000 });

const rows: readonly StageRow[] = [
  { stage: 'candidates', measurement: heldTo(recall, 0.1685, 'at-least') },
  { stage: 'candidates', measurement: heldTo(inMs('candidate-gen.latency.p99', 0.8123), 10) },
  { stage: 'artwork', measurement: heldTo(inMs('artwork.lookup.p99', 6.2512), 5) },
  { stage: 'artwork', measurement: { name: 'rounds', value: 200_000, unit: 'count', n: 200_000 } },
  { stage: 'pages', absent: 'this dataset has no impressions' },
];

describe('tableText', () => {
  it('stands figures beside baselines and budgets, with a stage named once', () => {
    expect(`\n${tableText(rows)}\n`).toBe(`
stage       measure                    value [95% interval]     baseline                         budget    result
----------  -------------------------  -----------------------  -------------------------------  --------  ------
candidates  two-tower.recall@100       0.3123 [0.3053, 0.3193]  popularity 0.112, random 0.0102  >= 0.169  pass
            candidate-gen.latency.p99  0.812 ms                                                  <= 10 ms  pass
artwork     artwork.lookup.p99         6.25 ms                                                   <= 5 ms   FAIL
            rounds                     200,000
pages       left out: this dataset has no impressions
`);
  });

  it('wraps names and baselines where room is short, figures never', () => {
    expect(`\n${tableText(rows, 90)}\n`).toBe(`
stage       measure           value [95% interval]     baseline            budget    result
----------  ----------------  -----------------------  ------------------  --------  ------
candidates  two-tower.        0.3123 [0.3053, 0.3193]  popularity 0.112,   >= 0.169  pass
            recall@100                                 random 0.0102
            candidate-gen.    0.812 ms                                     <= 10 ms  pass
            latency.p99
artwork     artwork.lookup.   6.25 ms                                      <= 5 ms   FAIL
            p99
            rounds            200,000
pages       left out: this dataset has no impressions
`);
  });

  it('never passes the width, whatever the words', () => {
    const word = fc.string({ minLength: 1, maxLength: 40 });
    const words = fc.array(word, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(' '));
    const measured = fc
      .record({
        name: words,
        value: fc.double({ min: -1e6, max: 1e6 }),
        unit: fc.constantFrom('ms', 'share', '1/s'),
        n: fc.nat(),
        baselines: fc.array(fc.record({ name: words, value: fc.double({ min: 0, max: 1 }) }), {
          maxLength: 4,
        }),
      })
      .chain((measurement) => words.map((stage): StageRow => ({ stage, measurement })));
    const absent = fc.record({ stage: words, absent: words });
    fc.assert(
      fc.property(fc.array(fc.oneof(measured, absent), { maxLength: 6 }), (some) => {
        for (const line of tableText(some).split('\n')) {
          expect(line.length).toBeLessThanOrEqual(TABLE_WIDTH);
          expect(line).toBe(line.trimEnd());
        }
      }),
      { seed: 42, numRuns: 300 },
    );
  });
});

describe('heldTo', () => {
  it.each([
    [10, 'at-most', 10, true],
    [10.01, 'at-most', 10, false],
    [0, 'at-least', 0, true],
    [0.1, 'at-least', 0.2, false],
    [Number.NaN, 'at-most', 10, false],
    [Number.NaN, 'at-least', 10, false],
  ] as const)('judges %d %s %d as %s', (value, sense, budget, pass) => {
    expect(heldTo(inMs('x', value), budget, sense)).toMatchObject({ budget, sense, pass });
  });

  it('fails a value within its budget where what else is required does not hold', () => {
    expect(heldTo(inMs('x', 1), 10, 'at-most', false).pass).toBe(false);
  });
});
