import type { Command } from 'commander';
import { commandLine } from '../bundle.ts';
import { HOST, pathOption, portOption, seedOption, threadsOption, workDirOption } from '../options.ts';
import { loadOwnModules, type OwnFlags, ownOptions } from '../own-modules.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface DemoFlags extends OwnFlags {
  readonly seed: number;
  readonly threads?: number;
  readonly small?: true;
  readonly exit?: true;
  readonly dataset?: string;
  readonly port: number;
  readonly workDir: string;
}

export const addDemo = (program: Command, dispatch: Dispatch): void => {
  const command = program
    .command('demo')
    .description('data, train, evaluate, publish, serve and load: then one table of how good and how fast')
    .addOption(seedOption())
    .addOption(threadsOption())
    .option('--small', 'a small world: the whole path in under 40 s')
    .option('--exit', 'end after the table instead of serving')
    .addOption(pathOption('--dataset <dir>', 'run on this dataset', "a dataset's folder"))
    .addOption(portOption())
    .addOption(workDirOption())
    .action((flags: DemoFlags) => dispatch((shell) => demo(flags, shell)));
  for (const option of ownOptions(['candidateGenerator', 'ranker', 'policy'])) command.addOption(option);
};

const demo = async (flags: DemoFlags, shell: Shell): Promise<number> => {
  const { seed, threads, dataset, port, workDir } = flags;
  const { expectFolder, expectFreePort } = await import('../beforehand.ts');
  expectFolder('--work-dir', workDir);
  if (flags.exit !== true) await expectFreePort(HOST, port);

  const own = await loadOwnModules(flags);

  const startedAt = performance.now();
  const [{ runDemo }, { tableText }, { durationText }, { numberText }, result, { workPlaces }] =
    await Promise.all([
      import('../../experiments/demo.ts'),
      import('../table.ts'),
      import('../durations.ts'),
      import('../../reporting/digits.ts'),
      import('../../../bench/result.ts'),
      import('../../serving/work-places.ts'),
    ]);
  const machine = result.thisMachine(); // before the demo adds its own load
  const { rows, backend, version, examples } = await runDemo(
    {
      seed,
      small: flags.small === true,
      workDir,
      commandLine,
      own,
      ...(threads === undefined ? {} : { threads }),
      ...(dataset === undefined ? {} : { dataset }),
    },
    shell.progress,
  );
  const measurements = rows.flatMap((row) => ('measurement' in row ? [row.measurement] : []));
  const run = { suite: 'demo', commit: result.currentCommit(), seed, machine, backend };
  result.writeResult(workPlaces(workDir).results, { ...run, measurements });
  const learned = [
    `two-tower ${numberText(examples.twoTower)}`,
    `ranker ${numberText(examples.ranker)}`,
    `artwork ${numberText(examples.artwork)}`,
  ];
  shell.out(`\n${tableText(rows)}\n`);
  shell.out(
    `backend ${backend}, seed ${seed}, version ${version}, took ${durationText(performance.now() - startedAt)}`,
  );
  shell.out(`examples learned from: ${learned.join(', ')}`);
  if (flags.exit === true) return 0;

  const { serveUntilStopped } = await import('../serve-until-stopped.ts');
  await serveUntilStopped({ workDir, host: HOST, port, own: flags }, shell);
  return 0;
};
