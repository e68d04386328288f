import type { Command } from 'commander';
import { callerError } from '../../domain/errors.ts';
import type { StoreAddress } from '../../serving/stores/store-address.ts';
import {
  canaryOption,
  clientLimitOption,
  hostOption,
  logLevelOption,
  portOption,
  scoringThreadsOption,
  servedShareOption,
  shadowOption,
  storeOption,
  trustedProxyOption,
  workDirOption,
  workersOption,
} from '../options.ts';
import { type OwnFlags, ownOptions } from '../own-modules.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface ServeFlags extends OwnFlags {
  readonly host: string;
  readonly port: number;
  readonly workDir: string;
  readonly store?: StoreAddress;
  readonly workers: number;
  readonly scoringThreads: number;
  readonly clientLimit: number;
  readonly trustedProxy?: readonly string[];
  readonly canary?: number;
  readonly shadow?: string;
  readonly servedShare: number;
  readonly logLevel: string;
}

export const addServe = (program: Command, dispatch: Dispatch): void => {
  const command = program
    .command('serve')
    .description('serve the version that was published last')
    .addOption(hostOption())
    .addOption(portOption())
    .addOption(workDirOption())
    .addOption(storeOption())
    .addOption(workersOption())
    .addOption(scoringThreadsOption())
    .addOption(clientLimitOption())
    .addOption(trustedProxyOption())
    .addOption(canaryOption())
    .addOption(servedShareOption())
    .addOption(logLevelOption())
    .addOption(shadowOption())
    .action((flags: ServeFlags) => dispatch((shell) => serve(flags, shell)));
  for (const option of ownOptions(['candidateGenerator', 'ranker'])) command.addOption(option);
};

const serve = async (flags: ServeFlags, shell: Shell): Promise<number> => {
  if (flags.workers > 1 && flags.store?.kind === 'memory') {
    throw callerError(
      'cli.bad-value',
      `--workers: got ${flags.workers} with --store memory:, which one process keeps to itself, expected 1`,
    );
  }
  const { serveUntilStopped } = await import('../serve-until-stopped.ts');
  return await serveUntilStopped({ ...flags, own: flags }, shell);
};
