import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { loadSuite, SUITE_NAMES, type SuiteName } from '../../../bench/suites.ts';
import { callerError } from '../../domain/errors.ts';
import { commandLine } from '../bundle.ts';
import { choiceArgument, pathOption, seedOption, threadsOption } from '../options.ts';
import { loadOwnModules, type OwnFlags, type OwnKind, ownOptions } from '../own-modules.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface BenchFlags extends OwnFlags {
  readonly json?: string;
  readonly gate?: true;
  readonly seed: number;
  readonly threads?: number;
  readonly small?: true;
  readonly long?: true;
  readonly dataset?: string;
  readonly data?: string;
  readonly exportStream?: string;
}

/** By how much times may miss their budget in a small form: a mistake in the code shows, a slow hour of the machine does not. */
const SMALL_SLACK = 3;

export const addBench = (program: Command, dispatch: Dispatch): void => {
  const command = program
    .command('bench')
    .description('measure one part of the system against its budgets')
    .addArgument(choiceArgument('suite', 'what to measure', SUITE_NAMES))
    .addOption(pathOption('--json <file>', 'write the measurements there', 'a file'))
    .option(
      '--gate',
      `exit with code 1 if a budget is missed; with --small, one of time by more than ${SMALL_SLACK} times`,
    )
    .addOption(seedOption())
    .addOption(threadsOption())
    .option('--small', 'a small world: seconds instead of minutes')
    .option('--long', 'faults: hours instead of minutes, where time or numbers may show more')
    .addOption(pathOption('--dataset <dir>', 'measure on this dataset', "a dataset's folder"))
    .addOption(
      pathOption(
        '--data <dir>',
        'a folder of published splits for quality; default ../shared/data',
        'a folder',
      ),
    )
    .addOption(
      pathOption('--export-stream <file>', 'bandits: write the stream that the policies met', 'a file'),
    )
    .action((suite: SuiteName, flags: BenchFlags) => dispatch((shell) => bench(suite, flags, shell)));
  for (const option of ownOptions(['candidateGenerator', 'ranker', 'policy'])) command.addOption(option);
};

/** The suite that measures each kind of part. */
const MEASURED_BY: Readonly<Record<OwnKind, SuiteName>> = {
  candidateGenerator: 'retrieval',
  ranker: 'ranking',
  policy: 'artwork',
};

/** @throws MarqueeError (caller) on a part that the suite does not measure */
const expectMeasured = (suite: SuiteName, flags: OwnFlags): void => {
  for (const [kind, by] of Object.entries(MEASURED_BY) as [OwnKind, SuiteName][]) {
    if (flags[kind] !== undefined && by !== suite)
      throw callerError(
        'cli.bad-value',
        `${suite}: got a part of your own that it does not measure, expected ${by}`,
      );
  }
};

const bench = async (suite: SuiteName, flags: BenchFlags, shell: Shell): Promise<number> => {
  const { json, seed, threads, dataset, exportStream } = flags;
  if (exportStream !== undefined && suite !== 'bandits') {
    throw callerError('bench.no-stream', `--export-stream: got the suite '${suite}', expected 'bandits'`);
  }
  const data = flags.data ?? dataBeside();
  expectMeasured(suite, flags);
  const [
    { currentCommit, expectWritable, missedBudgets, thisMachine, writeResult },
    { tableText },
    { budgetText, valueText },
    { reportText },
    { writeText },
  ] = await Promise.all([
    import('../../../bench/result.ts'),
    import('../table.ts'),
    import('../../reporting/digits.ts'),
    import('../report.ts'),
    import('../../artifacts/durable-files.ts'),
  ]);
  const measure = await loadSuite(suite);
  const own = await loadOwnModules(flags);
  if (json !== undefined) expectWritable('--json', json);
  if (exportStream !== undefined) expectWritable('--export-stream', exportStream);

  const machine = thisMachine(); // before the suite adds its own load
  const { backend, rows, report } = await measure({
    seed,
    small: flags.small === true,
    long: flags.long === true,
    ...(threads === undefined ? {} : { threads }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(data === undefined ? {} : { data }),
    ...(exportStream === undefined ? {} : { exportStream }),
    commandLine,
    own,
    progress: shell.progress,
  });
  const measurements = rows.flatMap((row) => ('measurement' in row ? [row.measurement] : []));
  shell.out(tableText(rows));
  shell.out(
    `\nbackend ${backend}, seed ${seed}, node ${machine.node}, ${machine.cores} cores: ${machine.cpu}`,
  );
  const run = { suite, commit: currentCommit(), seed, machine, backend };
  if (json !== undefined) writeResult(json, { ...run, measurements });
  if (report !== undefined && existsSync(dirname(report))) {
    writeText(report, reportText(rows, { ...run, command: `npm run bench -- ${suite}` }));
    shell.out(`written to ${report}`);
  }
  if (flags.gate !== true) return 0;

  const missed = missedBudgets(measurements, flags.small === true ? SMALL_SLACK : 1);
  for (const measurement of missedBudgets(measurements, 1)) {
    const { name, value, unit } = measurement;
    const excused = missed.includes(measurement)
      ? ''
      : `; within ${SMALL_SLACK} times, so --small lets it be`;
    shell.err(
      `marquee: ${name}: got ${valueText(value, unit)}, expected ${budgetText(measurement)}${excused}`,
    );
  }
  const judged = measurements.some(({ pass }) => pass !== undefined);
  if (!judged) shell.err(`marquee: --gate: nothing in '${suite}' was held to a budget`);
  return missed.length > 0 || !judged ? 1 : 0;
};

/** The folder of public data that stands beside a checkout, where there is one. */
const dataBeside = (): string | undefined => {
  const dir = fileURLToPath(new URL('../../../../shared/data', import.meta.url));
  return existsSync(dir) ? dir : undefined;
};
