/** A suite's figures as a page of Markdown: every one with what it means and how it came about. */
import type { Measurement, StageRow } from '../domain/measurement.ts';
import { budgetText, numberText, valueText } from '../reporting/digits.ts';

export interface ReportHead {
  readonly suite: string;
  readonly command: string;
  readonly commit: string;
  readonly seed: number;
  readonly backend: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    readonly loadAverage: number;
  };
}

/** The page, with a line break at its end. Definitions and protocols stand once, below the table of their stage. */
export const reportText = (rows: readonly StageRow[], head: ReportHead): string => {
  const { suite, command, commit, seed, backend, machine } = head;
  const stages = [...new Set(rows.map(({ stage }) => stage))];
  return [
    `# Results: ${suite}`,
    `Written by \`${command}\`; not to be edited by hand. Commit ${commit.slice(0, 12)}, seed ${seed}, backend ${backend}, Node ${machine.node}, ${machine.cores} cores (${machine.cpu}), load ${machine.loadAverage} before it started. Intervals are of 95 %.`,
    ...stages.map((stage) =>
      stageText(
        stage,
        rows.filter((row) => row.stage === stage),
      ),
    ),
  ]
    .join('\n\n')
    .concat('\n');
};

const stageText = (stage: string, rows: readonly StageRow[]): string => {
  const measurements = rows.flatMap((row) => ('measurement' in row ? [row.measurement] : []));
  const absent = rows.flatMap((row) => ('absent' in row ? [`Left out: ${row.absent}.`] : []));
  const table =
    measurements.length === 0
      ? []
      : [
          [
            '| measure | value | n | beside it | budget | result |',
            '|---|---|---|---|---|---|',
            ...measurements.map(lineText),
          ].join('\n'),
        ];
  const notes = notesOf(measurements).map((note) => `- ${note}`);
  return [`## ${stage}`, ...table, ...absent, ...(notes.length > 0 ? [notes.join('\n')] : [])].join('\n\n');
};

const lineText = (measurement: Measurement): string => {
  const { name, value, unit, ci, n, baselines = [], pass } = measurement;
  const beside = baselines.map((baseline) => `${baseline.name} ${numberText(baseline.value)}`).join(', ');
  const result = pass === undefined ? '' : pass ? 'pass' : '**missed**';
  const cells = [
    `\`${name}\``,
    valueText(value, unit, ci),
    numberText(n),
    beside,
    budgetText(measurement),
    result,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
};

/** Each definition and protocol once, after the measures that it is of. */
const notesOf = (measurements: readonly Measurement[]): string[] => {
  const names = new Map<string, string[]>();
  for (const { name, definition, protocol } of measurements) {
    for (const note of [definition, protocol]) {
      if (note === undefined) continue;
      names.set(note, [...(names.get(note) ?? []), name]);
    }
  }
  return Array.from(names, ([note, of]) =>
    of.length === measurements.length ? note : `${of.map((name) => `\`${name}\``).join(', ')}: ${note}`,
  );
};
