import { CommanderError } from 'commander';
import { failureOf } from './failures.ts';
import { buildProgram } from './program.ts';
import type { Shell } from './shell.ts';

/** Does what a command line says and settles with the exit code. Never rejects: what was thrown is printed. */
export const run = async (args: readonly string[], shell: Shell): Promise<number> => {
  let exitCode = 0;
  const program = buildProgram(async (action) => {
    exitCode = await action(shell);
  }, shell);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode; // help and version: already printed
    const failure = failureOf(thrown);
    shell.err(failure.text);
    return failure.exitCode;
  }
};
