import { expect, it } from 'vitest';
import { parseExposition } from '../../src/monitoring/exposition.ts';
import { createMetrics } from '../../src/monitoring/metrics.ts';
import { recordsOf } from '../../src/reporting/chart.ts';
import { featureDrift } from '../../src/reporting/charts/drift.ts';
import { stageLatency } from '../../src/reporting/charts/stage-latency.ts';
import { verdictChart } from '../../src/reporting/charts/verdict.ts';
import { versionEvents } from '../../src/reporting/charts/version-events.ts';
import { drawChart } from '../../src/reporting/draw.ts';

it('draws what stages of a server took, as its own metrics tell', async () => {
  const metrics = createMetrics();
  const stage = 'ranking';
  for (const durationMs of [3, 3, 30, 70])
    metrics.stageEnded({ stage, status: 'ok', durationMs, budgetMs: 50 });
  metrics.stageEnded({ stage: 'page', status: 'late', durationMs: 9_000, budgetMs: 10 });
  const chart = stageLatency(parseExposition((await metrics.expose()).text));
  expect(chart && recordsOf(chart.table)).toEqual([
    {
      calls: 'ranking (4 runs)',
      'from ms': 2.5,
      'to ms': 5,
      share: 0.5,
      'budget ms': 50,
      result: 'within budget',
    },
    {
      calls: 'ranking (4 runs)',
      'from ms': 25,
      'to ms': 50,
      share: 0.25,
      'budget ms': 50,
      result: 'within budget',
    },
    {
      calls: 'ranking (4 runs)',
      'from ms': 50,
      'to ms': 100,
      share: 0.25,
      'budget ms': 50,
      result: 'over budget',
    },
    {
      calls: 'page (1 runs)',
      'from ms': 2500,
      'to ms': 5000,
      share: 1,
      'budget ms': 10,
      result: 'over budget',
    },
  ]);
  expect(stageLatency(parseExposition((await createMetrics().expose()).text))).toBeUndefined();
});

it('shows the drift of each feature, the furthest first, and which of them drifted by more than chance', () => {
  const samples = parseExposition(
    'marquee_drift_psi{of="recency"} 0.02\nmarquee_drift_psi{of="price"} 0.9\nmarquee_drifted{of="price"} 1\nmarquee_drifted{of="recency"} 0\n',
  );
  const chart = featureDrift(samples);
  expect(chart?.table.rows).toEqual([
    ['price', 0.9, 'drifted'],
    ['recency', 0.02, 'as published with'],
  ]);
  expect(chart?.sentence).toContain('1 features and predictions have drifted');
  expect(featureDrift([])).toBeUndefined();
});

it('tells what became of versions, and nothing where nothing was published', async () => {
  const metrics = createMetrics();
  metrics.modelServing('v2');
  const charted = async () => versionEvents(parseExposition((await metrics.expose()).text));
  expect(await charted()).toBeUndefined();
  for (const what of ['on-trial', 'rolled-back', 'on-trial']) metrics.versionEvent(what);
  expect((await charted())?.sentence).toBe(
    'v2 serves; of versions published since the start: 2 on-trial, 1 rolled-back.',
  );
});

it('shows a verdict with each estimate, its interval and the truth, on a phone too', async () => {
  const chart = verdictChart({
    id: 'test',
    question: 'Ship it?',
    plots: [
      {
        title: 'effect, a long title '.repeat(8),
        unit: 'share',
        estimates: [
          { name: 'minutes', estimate: 0.07, interval: [0.05, 0.09], truth: 0.068 },
          { name: 'clicks', estimate: 0.02, interval: [0.01, 0.03], truth: 0.05 },
        ],
      },
    ],
    decision: 'ship',
    truth: 'it works',
  });
  expect(chart.sentence).toContain('Verdict: ship. The truth: it works.');
  expect(recordsOf(chart.table)).toEqual([
    { figure: 'minutes', estimate: 0.07, low: 0.05, high: 0.09, truth: 0.068, interval: 'holds the truth' },
    { figure: 'clicks', estimate: 0.02, low: 0.01, high: 0.03, truth: 0.05, interval: 'misses the truth' },
  ]);
  const svg = await drawChart(chart, { width: 300 });
  const xs = [...svg.matchAll(/<path transform="translate\(([\d.]+),[\d.]+\)" d="M4/g)].map(([, x]) =>
    Number(x),
  );
  expect(Math.max(...xs) - Math.min(...xs)).toBeGreaterThan(100); // the marks have the room
});
