import type { Selector } from '../scrapes.ts';
import type { AlertRule, Condition } from './condition.ts';

/** The rules as a file that Prometheus loads (`rule_files`). */
export const prometheusRules = (rules: readonly AlertRule[]): string =>
  [
    '# Written by `marquee monitor --rules` from src/monitoring/alerts/rules.ts.',
    'groups:',
    '  - name: marquee',
    '    rules:',
    ...rules.flatMap(({ name, severity, summary, todo, condition, forMinutes }) => [
      `      - alert: ${name}`,
      `        expr: ${quoted(promQl(condition))}`,
      `        for: ${forMinutes}m`,
      `        labels: { severity: ${severity} }`,
      '        annotations:',
      `          summary: ${quoted(summary)}`,
      `          runbook: ${quoted(todo)}`,
    ]),
    '',
  ].join('\n');

/** JSON's strings are YAML's too. */
const quoted = (text: string): string => JSON.stringify(text);

export const promQl = (condition: Condition): string => {
  switch (condition.kind) {
    case 'level':
      return `max(${selectorText(condition.of)}) > ${condition.above}`;
    case 'growth':
      return `sum(${increase(condition.of, condition.minutes)}) > ${condition.above}`;
    case 'share': {
      const { share, whole, minutes, above, fewest, by } = condition;
      const sum = by === undefined ? 'sum' : `sum by (${by}) `;
      const all = `${sum}(${increase(whole, minutes)})`;
      const part = `${sum}(${increase('rest' in share ? share.rest : share.part, minutes)})`;
      const ratio = 'rest' in share ? `1 - ${part} / ${all}` : `${part} / ${all}`;
      return `(${ratio}) > ${Number(above.toPrecision(6))} and ${all} >= ${fewest}`;
    }
    case 'all':
      return condition.of.map((each) => `(${promQl(each)})`).join(' and ');
  }
};

const increase = (selector: Selector, minutes: number): string =>
  `increase(${selectorText(selector)}[${minutes}m])`;

const selectorText = ({ metric, labels = {} }: Selector): string => {
  const matchers = Object.entries(labels).map(([name, wanted]) =>
    typeof wanted === 'string'
      ? `${name}=${quoted(wanted)}`
      : `${name}=~${quoted(wanted.source.replaceAll('\\/', '/'))}`,
  );
  return matchers.length === 0 ? metric : `${metric}{${matchers.join(',')}}`;
};
