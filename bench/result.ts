/** How one run of a suite is written down. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeJson } from '../src/artifacts/durable-files.ts';
import { bugError, callerError } from '../src/domain/errors.ts';
import type { BenchResult, Machine, Measurement } from '../src/domain/measurement.ts';

export const thisMachine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  node: process.versions.node,
  loadAverage: Math.round(loadavg()[0] * 100) / 100,
});

/** The commit of the checkout that this file stands in. No git, or no checkout, is no failure. */
export const currentCommit = (): string => {
  const here = dirname(fileURLToPath(import.meta.url));
  const asked = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: here, encoding: 'utf8' });
  return asked.status === 0 ? asked.stdout.trim() : 'unknown';
};

/**
 * Writes the result, so that a reader never sees half of it.
 * @throws MarqueeError (bug) where a figure is not finite: JSON would turn it into null unseen
 */
export const writeResult = (file: string, result: BenchResult): void => {
  for (const { name, value, ci = [], baselines = [], series = [] } of result.measurements) {
    const points = series.flatMap(({ x, y, low = [], high = [] }) => [...x, ...y, ...low, ...high]);
    for (const figure of [value, ...ci, ...baselines.map((baseline) => baseline.value), ...points]) {
      if (!Number.isFinite(figure)) {
        throw bugError('bench.not-finite', `${name}: got ${figure}, expected a finite figure`);
      }
    }
  }
  writeJson(file, result);
};

/**
 * Refuses, before minutes of work, a file that could not be written at their end.
 * @throws MarqueeError (caller) where its folder is missing or the path is a folder
 */
export const expectWritable = (flag: string, file: string): void => {
  const folder = dirname(resolve(file));
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw callerError('bench.no-folder', `${flag}: got '${file}', expected a file in a folder that exists`);
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw callerError('bench.is-folder', `${flag}: got the folder '${file}', expected a file`);
  }
};

/**
 * The measurements that missed their budget: those of time, and rates, only where they missed it by more than `slack`
 * times. A few seconds of a machine that others use say of time no more than that; of all else they say the same as hours.
 */
export const missedBudgets = (measurements: readonly Measurement[], slack: number): Measurement[] =>
  measurements.filter((measurement) => measurement.pass === false && !isWithin(measurement, slack));

const TIMES: ReadonlySet<string> = new Set(['ms', 's', '1/s']);

/** Whether it is a time that is off, by no more than the slack. */
const isWithin = ({ value, unit, budget = Number.NaN, sense }: Measurement, slack: number): boolean => {
  const times = sense === 'at-least' ? budget / value : value / budget;
  return TIMES.has(unit) && times > 1 && times <= slack;
};
