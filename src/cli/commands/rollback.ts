import type { Command } from 'commander';
import { workDirOption } from '../options.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface RollbackFlags {
  readonly workDir: string;
}

export const addRollback = (program: Command, dispatch: Dispatch): void => {
  program
    .command('rollback')
    .description('take back the current version, for good: servers go back to what served before it')
    .addOption(workDirOption())
    .action((flags: RollbackFlags) => dispatch((shell) => rollback(flags, shell)));
};

const rollback = async ({ workDir }: RollbackFlags, shell: Shell): Promise<number> => {
  const [{ rollBack }, { workPlaces }, { systemClock }] = await Promise.all([
    import('../../artifacts/releases.ts'),
    import('../../serving/work-places.ts'),
    import('../../domain/clock.ts'),
  ]);
  const { from, to } = rollBack(workPlaces(workDir).models, systemClock.now(), 'taken back by hand');
  shell.out(`Version ${from} is taken back. ${to} is current; servers that run follow within seconds.`);
  return 0;
};
