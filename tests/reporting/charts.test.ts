import { describe, expect, it } from 'vitest';
import { type Chart, csvOf, recordsOf, tableOf } from '../../src/reporting/chart.ts';
import { beforeAfter } from '../../src/reporting/charts/before-after.ts';
import { intervalCoverage } from '../../src/reporting/charts/coverage.ts';
import { examinationCurve } from '../../src/reporting/charts/examination-curve.ts';
import { latencyBudgets } from '../../src/reporting/charts/latency-budgets.ts';
import { latencyHistogram } from '../../src/reporting/charts/latency-histogram.ts';
import { ndcgBesideOracle } from '../../src/reporting/charts/ndcg.ts';
import { offPolicyEstimates } from '../../src/reporting/charts/off-policy.ts';
import { qualityBesideBaselines } from '../../src/reporting/charts/quality.ts';
import { recallCurves } from '../../src/reporting/charts/recall-curves.ts';
import { regretCurves } from '../../src/reporting/charts/regret-curves.ts';
import { chartsOf } from '../../src/reporting/charts-of.ts';
import { compareRuns } from '../../src/reporting/compare.ts';
import { drawChart } from '../../src/reporting/draw.ts';
import { measured, resultOf } from './measured.ts';

const P99 = { unit: 'ms', budget: 10, sense: 'at-most' } as const;
const curve = (kind: 'recall-at-k' | 'regret' | 'examination', line: string, y: readonly number[]) =>
  ({ kind, line, x: y.map((_, i) => 10 ** i), y }) as const;

/** Every chart on figures whose drawing one can check in one's head. */
const CHARTS: Readonly<Record<string, Chart | undefined>> = {
  latencyBudgets: latencyBudgets([
    measured('a.p99', 5, { ...P99, ci: [4, 6], pass: true }),
    measured('b.p99', 0.02, { ...P99, unit: 's', budget: 0.01, pass: false }),
    measured('b.p50', 3, { unit: 'ms' }), // no budget
    measured('rate', 3, { unit: '1/s', budget: 2, sense: 'at-least', pass: true }),
  ]),
  quality: qualityBesideBaselines([
    measured('model.recall@100', 0.4, {
      ci: [0.35, 0.45],
      baselines: [{ name: 'popularity', value: 0.2 }],
      budget: 0.3,
      sense: 'at-least',
      pass: true,
    }),
    measured('model.ndcg@10', 0.5, { unit: 'score', baselines: [{ name: 'oracle', value: 0.9 }] }),
    measured('alone', 0.5),
  ]),
  coverage: intervalCoverage([
    measured('ab.coverage', 0.94, { ci: [0.92, 0.96], pass: true }),
    measured('ope.interval.IPS.bootstrap', 0.8, { ci: [0.7, 0.88], pass: false }),
    measured('model.coverage@20', 0.5), // of a catalogue
  ]),
  ndcg: ndcgBesideOracle([
    measured('popularity-order.ndcg@10', 0.2, { ci: [0.1, 0.3] }),
    measured('ranker.ndcg@10', 0.6, { ci: [0.55, 0.68] }),
    measured('oracle.ndcg@10', 0.8, { ci: [0.7, 0.9] }),
  ]),
  recall: recallCurves([
    measured('popularity.recall@100', 0.1, {
      series: [curve('recall-at-k', 'popularity', [0, 0.05, 0.1])],
    }),
    measured('two-tower.recall@100', 0.3, {
      series: [curve('recall-at-k', 'two-tower', [0.01, 0.2, 0.3])],
    }),
  ]),
  regret: regretCurves([curve('regret', 'uniform', [1, 10, 100]), curve('regret', 'lin-ts', [1, 8, 20])]),
  examination: examinationCurve([
    measured('error', 0.1, {
      series: [curve('examination', 'tv, estimated', [1, 0.88]), curve('examination', 'tv, true', [1, 0.8])],
    }),
  ]),
  offPolicy: offPolicyEstimates([
    { kind: 'estimates', line: 'IPS', x: [1, 2], y: [1.1, 0.5], low: [0.9, 0.4], high: [1.3, 0.6] },
  ]),
  latency: latencyHistogram([
    { series: { kind: 'latency', line: 'page', x: [1, 2, 4, 8], y: [0.5, 0, 0.4, 0.1] }, budgetMs: 3 },
  ]),
  beforeAfter: beforeAfter(
    compareRuns(
      resultOf('s', [measured('a', 10, { ci: [9, 11], budget: 20 }), measured('b', 4)]),
      resultOf('s', [measured('a', 5, { ci: [4, 6], budget: 20 }), measured('b', 5)]),
    ),
  ),
};

const chart = (name: string): Chart => CHARTS[name] ?? expect.fail(`${name}: no chart`);

describe('every chart', () => {
  it.each(Object.keys(CHARTS))('%s is drawn from its table, named, and without a warning', async (name) => {
    const warnings: unknown[] = [];
    const { warn } = console;
    console.warn = (...words: unknown[]) => void warnings.push(words);
    const svg = await drawChart(chart(name), { idPrefix: 'x-' }).finally(() => {
      console.warn = warn;
    });
    expect(warnings).toEqual([]);
    expect(svg).toContain(`<title id="x-${chart(name).id}-title">`);
    expect(svg).toMatch(/^<svg role="img" aria-labelledby="x-[\w-]+-title" aria-describedby="x-[\w-]+-desc"/);
    expect(svg).toMatch(/width="720"/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity|style=|<script/);
    expect(chart(name).sentence).toMatch(/^\S.*\.$/);
    expect(chart(name).sentence).not.toMatch(/NaN|undefined/);
  });

  it('is left out where the figures cannot feed it', () => {
    expect(chartsOf([])).toEqual([]);
    expect(chartsOf([measured('takes', 3, { unit: 'takes' })])).toEqual([]);
    expect(regretCurves([])).toBeUndefined();
  });

  it('is found among the charts of a run', () => {
    const ids = chartsOf([
      measured('a.p99', 5, { ...P99, pass: true, series: [{ kind: 'latency', line: 'a', x: [9], y: [1] }] }),
      measured('x.coverage', 0.9),
    ]).map(({ id }) => id);
    expect(ids).toEqual(['latency-budgets', 'latency', 'coverage']);
  });
});

describe('the numbers', () => {
  it('of latencies are shares of their budgets, the worst first, in milliseconds', () => {
    expect(recordsOf(chart('latencyBudgets').table)).toEqual([
      {
        measure: 'b.p99',
        ...{ ms: 20, 'low ms': 20, 'high ms': 20, 'budget ms': 10 },
        ...{ share: 2, low: 2, high: 2, result: 'over budget' },
      },
      {
        measure: 'a.p99',
        ...{ ms: 5, 'low ms': 4, 'high ms': 6, 'budget ms': 10 },
        ...{ share: 0.5, low: 0.4, high: 0.6, result: 'within budget' },
      },
    ]);
    expect(chart('latencyBudgets').sentence).toBe(
      '1 of 2 times are within budget; nearest to it, or furthest over, is b.p99 with 20 of 10 ms.',
    );
  });

  it('of quality carry each baseline', () => {
    expect(recordsOf(chart('quality').table)[0]).toEqual({
      measure: 'model.recall@100',
      ...{ value: 0.4, low: 0.35, high: 0.45, budget: 0.3, result: 'reached' },
      ...{ 'baseline 1': 'popularity', 'its value 1': 0.2 },
    });
    expect(chart('quality').sentence).toContain('2 of 2 figures');
  });

  it('of coverage are of intervals, not of a catalogue', () => {
    const { rows } = chart('coverage').table;
    expect(rows.map(([name]) => name)).toEqual(['ab.coverage', 'ope.interval.IPS.bootstrap']);
    expect(chart('coverage').sentence).toContain('Of 2 kinds of 95 % interval, 1 hold');
  });

  it('of NDCG are beside the oracle', () => {
    expect(chart('ndcg').table.rows.map(([ranker, ndcg]) => [ranker, ndcg])).toEqual([
      ['oracle', 0.8],
      ['ranker', 0.6],
      ['popularity-order', 0.2],
    ]);
    expect(chart('ndcg').sentence).toBe(
      'ranker reaches 0.600, 75 % of the 0.800 of an oracle that ranks by the truth.',
    );
  });

  it('of curves are their points', () => {
    expect(chart('recall').table).toEqual({
      columns: ['line', 'K', 'recall'],
      rows: [
        ['popularity', 1, 0],
        ['popularity', 10, 0.05],
        ['popularity', 100, 0.1],
        ['two-tower', 1, 0.01],
        ['two-tower', 10, 0.2],
        ['two-tower', 100, 0.3],
      ],
    });
    expect(chart('recall').sentence).toContain('two-tower finds 0.300');
    expect(chart('regret').sentence).toContain('lin-ts has lost 20 rewards and uniform 100');
    expect(chart('examination').sentence).toContain('at most 10.0 % off');
  });

  it('of off-policy estimates say which intervals hold the truth', () => {
    expect(recordsOf(chart('offPolicy').table).map(({ interval }) => interval)).toEqual([
      'holds the truth',
      'misses the truth',
    ]);
    expect(chart('offPolicy').sentence).toContain('1 of 2 intervals of 1 estimators');
  });

  it('of latency leave empty bins out and tell what is over budget', () => {
    expect(chart('latency').table.rows).toEqual([
      ['page', 0, 1, 0.5, 3, 'within budget'],
      ['page', 2, 4, 0.4, 3, 'around budget'],
      ['page', 4, 8, 0.1, 3, 'over budget'],
    ]);
    expect(chart('latency').sentence).toContain('page 10 %');
  });

  it('of before and after are shares of what was', () => {
    const [first, second] = recordsOf(chart('beforeAfter').table);
    const reach = Math.hypot(1, 1) / 10;
    expect(first).toMatchObject({ measure: 'a', change: -0.5, result: 'better' });
    expect(first?.['low']).toBeCloseTo(-0.5 - reach, 12);
    expect(first?.['high']).toBeCloseTo(-0.5 + reach, 12);
    expect(second).toMatchObject({ measure: 'b', change: 0.25, result: 'no difference shown' });
  });
});

describe('the drawing', () => {
  it('puts each value of NDCG where its number says, on one scale', async () => {
    const svg = await drawChart(chart('ndcg'));
    const marks = /layer_\d+_marks"[^>]*>((?:<path[^>]*fill="var\(--chart-[^>]*\/>)+)/.exec(svg)?.[1] ?? '';
    const xs = [...marks.matchAll(/translate\(([\d.]+),/g)].map(([, x]) => Number(x));
    expect(xs).toHaveLength(3); // 0.8, 0.6, 0.2
    expect((xs[0] - xs[1]) / (xs[1] - xs[2])).toBeCloseTo(0.2 / 0.4, 6);
  });

  it('fits a phone, names nothing outside itself and escapes what it is given', async () => {
    const plain = latencyBudgets([measured('<b>.p99', 5, { ...P99, pass: true })]); // named in its sentence too
    const svg = await drawChart(plain ?? expect.fail('no chart'), { width: 340 });
    expect(svg).toMatch(/width="340"/);
    expect(svg).not.toContain('<b>');
    expect(svg.replaceAll(/xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(/https?:|url\(/);
  });
});

it('writes CSV that a spreadsheet reads as numbers and text, never as a formula', () => {
  const table = tableOf([
    { name: 'a, "b"', value: 0.1 },
    { name: '=1+1', value: -2 },
  ]);
  expect(csvOf(table)).toBe(`name,value\r\n"a, ""b""",0.1\r\n'=1+1,-2\r\n`);
});
