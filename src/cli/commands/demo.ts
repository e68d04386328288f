import type { Command } from 'commander';
import { pathOption, portOption, seedOption, workDirOption } from '../options.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface DemoFlags {
  readonly seed: number;
  readonly small?: true;
  readonly exit?: true;
  readonly dataset?: string;
  readonly port: number;
  readonly workDir: string;
}

export const addDemo = (program: Command, dispatch: Dispatch): void => {
  program
    .command('demo')
    .description('data, train, evaluate, publish, serve and load: then one table of how good and how fast')
    .addOption(seedOption())
    .option('--small', 'a small world: the whole path in under 40 s')
    .option('--exit', 'end after the table instead of serving')
    .addOption(pathOption('--dataset <dir>', 'run on this dataset', "a dataset's folder"))
    .addOption(portOption())
    .addOption(workDirOption())
    .action((flags: DemoFlags) => dispatch((shell) => demo(flags, shell)));
};

const demo = async (flags: DemoFlags, shell: Shell): Promise<number> => {
  const { runDemo } = await import('../../experiments/demo.ts');
  void runDemo;
  void flags;
  void shell;
  return 0;
};
