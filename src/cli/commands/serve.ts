import type { Command } from 'commander';
import { portOption, workDirOption } from '../options.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface ServeFlags {
  readonly port: number;
  readonly workDir: string;
}

export const addServe = (program: Command, dispatch: Dispatch): void => {
  program
    .command('serve')
    .description('serve the version that was published last')
    .addOption(portOption())
    .addOption(workDirOption())
    .action((flags: ServeFlags) => dispatch((shell) => serve(flags, shell)));
};

const serve = async (flags: ServeFlags, shell: Shell): Promise<number> => {
  const { serveUntilStopped } = await import('../serve-until-stopped.ts');
  await serveUntilStopped(flags, shell);
  return 0;
};
