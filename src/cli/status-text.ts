/** The state of a server for eyes: what is wrong first, then traffic, then what is watched. */
import type { Alert } from '../monitoring/alerts/alert-watch.ts';
import type { Status, VersionState } from '../monitoring/status.ts';
import { numberText } from '../reporting/digits.ts';
import { durationText } from './durations.ts';

export const statusText = (status: Status): string => {
  const { at, versions, traffic, drift, calibration, quality, alerts } = status;
  const drifted = drift.filter((line) => line.drifted).length;
  const failed = quality.filter((line) => line.failed).length;
  return [
    versionLines(versions),
    alertLines(alerts, at),
    section(
      `traffic of the last ${numberText(traffic.seconds)} s`,
      ['route', '1/s', 'errors', 'p50 ms', 'p99 ms'],
      traffic.routes.map(({ route, perSecond, errorShare, p50Ms, p99Ms }) => [
        ...[route, numberText(perSecond), percent(errorShare), numberText(p50Ms), numberText(p99Ms)],
      ]),
    ),
    section(
      'stages',
      ['stage', '1/s', 'late', 'failed', 'p50 ms', 'p99 ms', 'budget ms', ''],
      traffic.stages.map(({ stage, perSecond, lateShare, failedShare, p50Ms, p99Ms, budgetMs }) => [
        ...[stage, numberText(perSecond), percent(lateShare), percent(failedShare)],
        ...[numberText(p50Ms), numberText(p99Ms), numberText(budgetMs), p99Ms > budgetMs ? 'OVER' : ''],
      ]),
    ),
    section(
      'troubles',
      ['what', 'count'],
      traffic.troubles.map(({ what, count }) => [what, numberText(count)]),
    ),
    section(
      `drift against the snapshot of the version: ${drifted} of ${drift.length}`,
      ['of', 'pages', 'psi', 'ks', 'p', ''],
      drift.map(({ name, n, psi, distance, p, drifted: isOff }) => [
        ...[name, numberText(n), numberText(psi), numberText(distance), numberText(p), isOff ? 'DRIFT' : ''],
      ]),
    ),
    section(
      'calibration',
      ['head', 'titles', 'observed', 'expected', 'ratio', 'interval', 'ece', ''],
      calibration.map(({ head, n, observed, expected, ratio, interval, ece, miscalibrated }) => [
        ...[head, numberText(n), numberText(observed), numberText(expected), numberText(ratio)],
        ...[interval.map(numberText).join(' to '), numberText(ece), miscalibrated ? 'OFF' : ''],
      ]),
    ),
    section(
      `data quality: ${failed} of ${quality.length} checks fail`,
      ['check', 'value', 'expected', ''],
      quality.map(({ name, value, unit, expected, failed: isOff }) => [
        ...[name, `${numberText(value)} ${unit}`, expected, isOff ? 'FAIL' : ''],
      ]),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
};

const percent = (share: number): string => `${numberText(100 * share)} %`;

const versionLines = ({ serving, trial, shadow, refused }: VersionState): string =>
  [
    `version ${serving} serves`,
    ...(trial === undefined
      ? []
      : [
          `on trial: ${trial.version}, ${percent(trial.share)} of members; ${trial.verdict ?? 'not judged yet'}`,
        ]),
    ...(shadow === undefined
      ? []
      : [`in the shadow: ${shadow.version}, ${numberText(shadow.compared)} compared`]),
    ...refused.map(({ version, why }) => `refused: ${version}: ${why}`),
  ].join('\n');

const alertLines = (alerts: readonly Alert[], at: number): string =>
  alerts.length === 0
    ? 'no alert'
    : alerts
        .map(
          ({ name, severity, state, summary, todo, value, since }) =>
            `${state === 'firing' ? severity.toUpperCase() : 'pending'} ${name} (${numberText(value)}, since ${durationText(at - since)}): ${summary}\n  ${todo}`,
        )
        .join('\n');

/** Nothing where there are no rows. */
const section = (
  title: string,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string => {
  if (rows.length === 0) return '';
  const lines = [headings, ...rows];
  const widths = headings.map((_, c) => Math.max(...lines.map((line) => line[c].length)));
  const text = lines.map((line) =>
    line
      .map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c])))
      .join('  ')
      .trimEnd(),
  );
  return [title, ...text.map((line) => `  ${line}`)].join('\n');
};
