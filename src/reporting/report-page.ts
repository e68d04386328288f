/** The report: one HTML file that asks the network for nothing and runs no script. */
import { createHash } from 'node:crypto';
import { callerError } from '../domain/errors.ts';
import type { BenchResult, Measurement } from '../domain/measurement.ts';
import { beforeAfter } from './charts/before-after.ts';
import { chartsOf } from './charts-of.ts';
import { compareRuns } from './compare.ts';
import { escaped } from './escaped.ts';
import { chartHtml, comparisonTable, figuresTable } from './html.ts';
import { colourVariables } from './palette.ts';
import { STYLE } from './style.ts';

export interface ReadRun {
  /** The name of the file that it was in. */
  readonly file: string;
  readonly result: BenchResult;
}

/**
 * The page for these runs: a section for each suite; where a suite comes twice, its second run is shown beside the first.
 * @throws MarqueeError (caller) where a suite comes more than twice
 */
export const reportPage = async (runs: readonly ReadRun[]): Promise<string> => {
  const suites = [...new Set(runs.map(({ result }) => result.suite))];
  const sections: string[] = [];
  for (const [s, suite] of suites.entries()) {
    const own = runs.filter(({ result }) => result.suite === suite);
    if (own.length > 2) {
      const files = own.map(({ file }) => file).join(', ');
      throw callerError(
        'report.too-many',
        `got ${own.length} files of '${suite}' (${files}), expected one, or two to compare`,
      );
    }
    sections.push(await suiteSection(own, `suite-${s + 1}`));
  }
  const style = `${STYLE}:root{${colourVariables('light')}}@media screen and (prefers-color-scheme:dark){:root{${colourVariables('dark')}}}`;
  const styleHash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;
  const links = suites.map((suite, s) => `<li><a href="#suite-${s + 1}">${escaped(suite)}</a></li>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Marquee: ${escaped(suites.join(', '))}</title>
<style>${style}</style>
</head>
<body>
<header><h1>Marquee, measured</h1>
<p>${escaped(summaryOf(runs.map(({ result }) => result)))}</p>
${suites.length > 1 ? `<nav aria-label="Suites"><ul>${links}</ul></nav>` : ''}</header>
<main>
${sections.join('\n')}
</main>
</body>
</html>
`;
};

const judged = (measurements: readonly Measurement[]): Measurement[] =>
  measurements.filter(({ pass }) => pass !== undefined);

const summaryOf = (results: readonly BenchResult[]): string => {
  const last = new Map(results.map((result) => [result.suite, result]));
  const all = judged([...last.values()].flatMap(({ measurements }) => measurements));
  const met = all.filter(({ pass }) => pass === true).length;
  return all.length === 0
    ? 'Nothing in it was held to a budget.'
    : `${met} of ${all.length} budgets are met. Each measure opens to say what it means and how it was measured.`;
};

const suiteSection = async (runs: readonly ReadRun[], id: string): Promise<string> => {
  const { result } = runs[runs.length - 1];
  const { measurements } = result;
  const held = judged(measurements);
  const budgets = [...held.filter(({ pass }) => pass === false), ...held.filter(({ pass }) => pass === true)];
  const others = measurements.filter(({ pass }) => pass === undefined);
  const compared = runs.length === 2 ? compareRuns(runs[0].result, result) : [];
  const change = beforeAfter(compared);
  const charts = [...(change === undefined ? [] : [change]), ...chartsOf(measurements)];
  const drawn: string[] = [];
  for (const chart of charts) drawn.push(await chartHtml(chart, id));
  return `<section class="suite" id="${id}">
<h2>${escaped(result.suite)}</h2>
${budgets.length > 0 ? figuresTable(budgets, 'Budgets, those that are missed first') : '<p>Nothing here was held to a budget.</p>'}
${compared.length > 0 ? comparisonTable(compared) : ''}
${drawn.join('\n')}
${others.length > 0 ? `<details class="others"><summary>${others.length} figures without a budget</summary>${figuresTable(others, 'Figures without a budget')}</details>` : ''}
${runs.map(({ file, result: run }, r) => provenance(file, run, runs.length === 2 ? ['before', 'after'][r] : '')).join('')}
</section>`;
};

const provenance = (file: string, { commit, seed, machine, backend }: BenchResult, which: string): string => {
  const facts = [
    ['file', file],
    ['commit', commit],
    ['seed', String(seed)],
    ['backend', backend],
    ['Node', machine.node],
    ['machine', `${machine.cpu}, ${machine.cores} cores`],
    ['load before it started', String(machine.loadAverage)],
  ];
  const list = facts.map(([term, text]) => `<div><dt>${term}</dt><dd>${escaped(text)}</dd></div>`).join('');
  return `<h3>How it was run${which === '' ? '' : `: ${which}`}</h3><dl class="facts">${list}</dl>`;
};
