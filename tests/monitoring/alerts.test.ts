import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createAlertWatch, isPageWorthy } from '../../src/monitoring/alerts/alert-watch.ts';
import type { Condition } from '../../src/monitoring/alerts/condition.ts';
import { conditionValue } from '../../src/monitoring/alerts/condition-value.ts';
import { prometheusRules, promQl } from '../../src/monitoring/alerts/prometheus-rules.ts';
import { ALERT_RULES } from '../../src/monitoring/alerts/rules.ts';
import { parseExposition, type Series } from '../../src/monitoring/exposition.ts';
import type { Findings } from '../../src/monitoring/finding-metrics.ts';
import { createMetrics, type Metrics } from '../../src/monitoring/metrics.ts';
import { kept, selected } from '../../src/monitoring/scrapes.ts';

const MINUTE = 60_000;

/** By the tests of this file. */
const fired = new Set<string>();

/** A server that answers `perMinute` pages a minute, ruined by `ruin` from minute `from` on; the alerts of the end. */
const alertsAfter = async (
  minutes: number,
  ruin: (metrics: Metrics, minute: number) => void,
  from = 0,
): Promise<{ firing: string[]; pages: string[] }> => {
  const metrics = createMetrics();
  const watch = createAlertWatch(ALERT_RULES);
  watch.take({ at: 0, series: parseExposition((await metrics.expose()).text) });
  for (let minute = 1; minute <= minutes; minute++) {
    for (let i = 0; i < 60; i++) {
      const route = '/v1/members/:id/homepage';
      metrics.requestEnded({ route, method: 'GET', status: 200, durationMs: 8 });
      metrics.stageEnded({ stage: 'request', status: 'ok', durationMs: 8 });
      metrics.stageEnded({ stage: 'ranking', status: 'ok', durationMs: 4 });
    }
    if (minute > from) ruin(metrics, minute);
    watch.take({ at: minute * MINUTE, series: parseExposition((await metrics.expose()).text) });
  }
  const firing = watch.alerts.filter(({ state }) => state === 'firing');
  for (const { name } of firing) fired.add(name);
  return {
    firing: firing.map(({ name }) => name),
    pages: firing.filter(isPageWorthy).map(({ name }) => name),
  };
};

const times = (n: number, act: () => void): void => {
  for (let i = 0; i < n; i++) act();
};
const answer = (metrics: Metrics, status: number, durationMs = 8): void =>
  metrics.requestEnded({ route: '/v1/members/:id/homepage', method: 'GET', status, durationMs });

describe('alert rules', () => {
  it('are silent while all is well', async () => {
    expect(await alertsAfter(20, () => undefined)).toEqual({ firing: [], pages: [] });
  });

  it('find each planted fault', async () => {
    const errors = await alertsAfter(20, (metrics) => times(5, () => answer(metrics, 500)));
    expect(errors.pages).toContain('error-budget-burns-fast');
    const slow = await alertsAfter(20, (metrics) => times(30, () => answer(metrics, 200, 400)));
    expect(slow.pages).toContain('latency-budget-burns-fast');
    const shed = await alertsAfter(20, (metrics) => times(10, () => answer(metrics, 503)));
    expect(shed.firing).toContain('requests-shed');
    const degraded = await alertsAfter(20, (metrics) =>
      times(50, () => metrics.degraded('context', 'dependency')),
    );
    expect(degraded.pages).toEqual(['most-pages-degraded']);
    expect(degraded.firing).toContain('pages-degraded');
    const late = await alertsAfter(20, (metrics) =>
      times(10, () => metrics.stageEnded({ stage: 'ranking', status: 'late', durationMs: 70 })),
    );
    expect(late.firing).toEqual(['stage-late']);
    expect((await alertsAfter(3, (metrics) => metrics.bugFound('page'))).firing).toEqual(['bug-found']);
    expect((await alertsAfter(3, (metrics) => metrics.versionEvent('rolled-back'))).firing).toEqual([
      'version-rolled-back',
    ]);
    expect((await alertsAfter(3, (metrics) => metrics.versionEvent('refused'))).firing).toEqual([
      'version-refused',
    ]);
  });

  it('find what wears a budget down, and not what stays within', async () => {
    const errors = await alertsAfter(20, (metrics, minute) => times(minute % 2, () => answer(metrics, 500)));
    expect(errors.pages).toEqual(['error-budget-burns']);
    const few = await alertsAfter(20, (metrics, minute) =>
      times(Number(minute === 10), () => answer(metrics, 500)),
    );
    expect(few.firing).toEqual([]);
    const slow = await alertsAfter(20, (metrics) => times(6, () => answer(metrics, 200, 400)));
    expect(slow.firing).toEqual(['latency-budget-burns']);
  });

  it('find what the watches found: drift, miscalibration, bad data, and records that are lost', async () => {
    const fine: Findings = {
      drift: [{ name: 'age', psi: 0.01, distance: 0.02, drifted: false }],
      calibration: [{ head: 'take', ratio: 1, ece: 0.001, miscalibrated: false }],
      quality: [{ name: 'events.volume', failed: false }],
    };
    const found = async (findings: Partial<Findings>, minutes = 20) =>
      (await alertsAfter(minutes, (metrics) => metrics.found({ ...fine, ...findings }))).firing;
    expect(await found({})).toEqual([]);
    const drift = [{ ...fine.drift[0], drifted: true }];
    expect(await found({ drift })).toEqual(['features-drift']);
    expect(await found({ drift }, 10)).toEqual([]);
    expect(await found({ calibration: [{ ...fine.calibration[0], ratio: 2, miscalibrated: true }] })).toEqual(
      ['predictions-miscalibrated'],
    );
    expect(await found({ quality: [{ ...fine.quality[0], failed: true }] })).toEqual(['data-quality']);
    const lost = await alertsAfter(3, (metrics) => metrics.servedLogged('dropped', 8));
    expect(lost.firing).toEqual(['served-log-loses']);
    expect((await alertsAfter(3, (metrics) => metrics.servedLogged('written', 8))).firing).toEqual([]);
  });

  it('forget what is over: the short window of a burn is quiet again', async () => {
    const hiccup = await alertsAfter(20, (metrics, minute) => {
      if (minute <= 5) times(30, () => answer(metrics, 500));
    });
    expect(hiccup.pages).not.toContain('error-budget-burns-fast');
  });

  it('were all seen to fire', () => {
    expect(ALERT_RULES.map(({ name }) => name).filter((name) => !fired.has(name))).toEqual([]);
  });

  it('wait as long as they say before they fire', () => {
    const rule = {
      ...({ name: 'hot', severity: 'page', summary: '', todo: '' } as const),
      condition: { kind: 'level', of: { metric: 'heat' }, above: 3 },
      forMinutes: 2,
    } as const;
    const watch = createAlertWatch([rule]);
    const heat = (value: number): Series[] => [{ metric: 'heat', labels: {}, value }];
    const states = [4, 5, 5, 1, 5].map((value, minute) =>
      watch.take({ at: minute * MINUTE, series: heat(value) }).map(({ state }) => state),
    );
    expect(states).toEqual([['pending'], ['pending'], ['firing'], [], ['pending']]);
  });

  it('name each metric that the server has, and say what to do', async () => {
    const { text } = await createMetrics().expose();
    const metricsOf = (condition: Condition): string[] => {
      if (condition.kind === 'all') return condition.of.flatMap(metricsOf);
      if (condition.kind !== 'share') return [condition.of.metric];
      const { share, whole } = condition;
      return [('rest' in share ? share.rest : share.part).metric, whole.metric];
    };
    for (const { condition, todo, summary } of ALERT_RULES) {
      for (const metric of metricsOf(condition)) {
        expect(text).toContain(`# TYPE ${metric.replace(/_(count|bucket)$/, '')} `);
      }
      expect(todo.length).toBeGreaterThan(30);
      expect(summary).toMatch(/\.$/);
    }
  });

  it('stand in docs/alerts.yml as they are', () => {
    expect(readFileSync('docs/alerts.yml', 'utf8')).toBe(prometheusRules(ALERT_RULES));
  });
});

describe('a condition', () => {
  const counter = (metric: string, value: number, labels = {}): Series => ({ metric, labels, value });

  it('reads growth over restarts and of series that are new', () => {
    const condition: Condition = { kind: 'growth', of: { metric: 'c' }, minutes: 10, above: 4 };
    const scrapes = [
      { at: 0, series: [counter('c', 100, { s: 'a' })] },
      { at: MINUTE, series: [counter('c', 102, { s: 'a' })] },
      { at: 2 * MINUTE, series: [counter('c', 1, { s: 'a' }), counter('c', 2, { s: 'b' })] },
    ].map((scrape) => kept(scrape));
    expect(conditionValue(condition, scrapes)).toEqual({ value: 5, holds: true });
    expect(conditionValue({ ...condition, minutes: 1 }, scrapes).value).toBe(3);
    expect(conditionValue(condition, scrapes.slice(0, 1)).value).toBe(0);
  });

  it('keeps what series are called once, for as long as they are the same', () => {
    const labels = { s: 'a' };
    const first = kept({ at: 0, series: [counter('c', 1, labels), counter('d', 5, labels)] });
    const second = kept({ at: 1, series: [counter('c', 2, labels), counter('d', 6, labels)] }, first);
    expect(second.names).toBe(first.names);
    expect([first, second].flatMap((each) => selected(each, { metric: 'c' }))).toEqual([
      counter('c', 1, labels),
      counter('c', 2, labels),
    ]);
    for (const series of [[counter('c', 3, labels)], [counter('c', 3, labels), counter('e', 7, labels)]]) {
      const third = kept({ at: 2, series }, second);
      expect(third.names).toEqual(series.map(({ metric }) => ({ metric, labels })));
    }
  });

  it('says nothing of a share of too little', () => {
    const condition: Condition = {
      ...{ kind: 'share', share: { part: { metric: 'bad' } }, whole: { metric: 'all' }, minutes: 5 },
      ...{ above: 0.1, fewest: 10 },
    };
    const scrape = (at: number, bad: number, all: number) =>
      kept({ at, series: [counter('bad', bad), counter('all', all)] });
    expect(conditionValue(condition, [scrape(0, 0, 0), scrape(MINUTE, 9, 9)])).toEqual({
      value: Number.NaN,
      holds: false,
    });
    expect(conditionValue(condition, [scrape(0, 0, 0), scrape(MINUTE, 5, 10)])).toEqual({
      value: 0.5,
      holds: true,
    });
  });

  it('is written as PromQL', () => {
    const labels = { route: /\/v1\/members\/.*/, le: '0.1' };
    expect(
      promQl({
        ...{
          kind: 'share',
          share: { rest: { metric: 'fast', labels } },
          whole: { metric: 'all' },
          minutes: 5,
        },
        ...{ above: 0.1, fewest: 10, by: 'stage' },
      }),
    ).toBe(
      '(1 - sum by (stage) (increase(fast{route=~"/v1/members/.*",le="0.1"}[5m])) / sum by (stage) (increase(all[5m]))) > 0.1 and sum by (stage) (increase(all[5m])) >= 10',
    );
  });

  it('is read from the text that a server exposes', () => {
    const text = '# TYPE a counter\na{b="x\\"y\\\\",c="d, e=\\"f\\""} 3\nn +Inf\n\nno such line\n';
    expect(parseExposition(text)).toEqual([
      { metric: 'a', labels: { b: 'x"y\\', c: 'd, e="f"' }, value: 3 },
      { metric: 'n', labels: {}, value: Number.POSITIVE_INFINITY },
    ]);
  });
});
