/** From what was thrown to what the user reads and the exit code: 2 mend your input, 1 something is away or broken. */
import type { Command, CommanderError } from 'commander';
import { callerError, dependencyError, MarqueeError } from '../domain/errors.ts';
import { oneOf } from './options.ts';

export interface Failure {
  readonly text: string;
  readonly exitCode: number;
}

export const CALLER_EXIT_CODE = 2;
export const FAILURE_EXIT_CODE = 1;

/** One line for what the caller or the operator can mend; the whole stack for a bug. */
export const failureOf = (thrown: unknown): Failure => {
  const error = known(thrown);
  if (error === undefined || error.kind === 'bug') {
    const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return { text: `marquee: this is a bug. ${stack}`, exitCode: FAILURE_EXIT_CODE };
  }
  return {
    text: `marquee: ${error.message.replace(/\s*[\r\n]+\s*/g, ' ')}`,
    exitCode: error.kind === 'caller' ? CALLER_EXIT_CODE : FAILURE_EXIT_CODE,
  };
};

const known = (thrown: unknown): MarqueeError | undefined => {
  if (thrown instanceof MarqueeError) return thrown;
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  const { code } = thrown;
  const path = 'path' in thrown ? String(thrown.path) : undefined;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return callerError('cli.no-permission', `${path ?? 'a file'}: permission denied (${code})`);
  }
  if (code === 'ENOSPC' || code === 'EMFILE') {
    return dependencyError('cli.machine-full', `${path ?? 'this machine'}: ${thrown.message}`);
  }
  return undefined;
};

/**
 * The command line's own errors in our words. `command` is the one whose arguments were being read.
 * Help and version are no errors: they come back as they are, with exit code 0.
 */
export const usageError = (command: Command, error: CommanderError): CommanderError | MarqueeError => {
  if (error.exitCode === 0) return error;
  const name = fullName(command);
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const flags = command.options
    .filter((option) => !option.hidden)
    .map((option) => option.long ?? option.flags);
  const subcommands = command
    .createHelp()
    .visibleCommands(command)
    .map((child) => child.name())
    .filter((child) => child !== 'help');
  const ofOurs = (message: string): MarqueeError => callerError('cli.usage', message);
  switch (error.code) {
    case 'commander.unknownOption':
      return ofOurs(
        `unknown flag '${quoted}' of '${name}', expected ${oneOf(quoted.replace(/=.*/s, ''), flags)}`,
      );
    case 'commander.unknownCommand':
      return ofOurs(`unknown command '${quoted}' of '${name}', expected ${oneOf(quoted, subcommands)}`);
    case 'commander.help':
      return ofOurs(`'${name}' needs a command, expected one of ${subcommands.join(', ')}`);
    case 'commander.excessArguments':
      return ofOurs(`'${name}' got '${extra(command)}' too many, expected: ${name} ${command.usage()}`);
    case 'commander.missingArgument':
      return ofOurs(`'${name}' got no ${quoted.toUpperCase()}, expected: ${name} ${command.usage()}`);
    case 'commander.optionMissingArgument':
      return ofOurs(`${flagOf(quoted)}: got nothing, expected a value: ${quoted}`);
    case 'commander.missingMandatoryOptionValue':
      return ofOurs(`'${name}' got no ${flagOf(quoted)}, expected: ${quoted}`);
    default:
      return ofOurs(`${name}: ${error.message.replace(/^error: /, '')}`);
  }
};

const extra = (command: Command): string => command.args.slice(command.registeredArguments.length).join(' ');

const flagOf = (flags: string): string => /--[\w-]+/.exec(flags)?.[0] ?? flags;

const fullName = (command: Command): string =>
  command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
