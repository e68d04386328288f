import { cpus, freemem, totalmem } from 'node:os';
import type { Command } from 'commander';
import { messageOf } from '../../domain/errors.ts';
import type { Dispatch, Shell } from '../shell.ts';

export const addDoctor = (program: Command, dispatch: Dispatch): void => {
  program
    .command('doctor')
    .description('say what this machine has, and what will run on it')
    .action(() => dispatch(doctor));
};

interface Check {
  readonly name: string;
  /** What was found, in a few words. @throws whatever is wrong */
  look(): Promise<string>;
}

const CHECKS: readonly Check[] = [];

const doctor = async (shell: Shell): Promise<number> => {
  void [cpus, freemem, totalmem, messageOf, CHECKS, shell];
  return 0;
};
