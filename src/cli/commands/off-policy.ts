import type { Command } from 'commander';
import { callerError } from '../../domain/errors.ts';
import { pathOption, seedOption } from '../options.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface OffPolicyFlags {
  readonly log: string;
  readonly seed: number;
  readonly json?: string;
}

export const addOffPolicy = (program: Command, dispatch: Dispatch): void => {
  program
    .command('off-policy')
    .description("estimate each logged policy's value from the other's log, beside what it really earned")
    .addOption(
      pathOption(
        '--log <dir>',
        'logs in the layout of the Open Bandit Dataset: random/NAME/NAME.csv and bts/NAME/NAME.csv',
        'a folder of logs',
      ).makeOptionMandatory(),
    )
    .addOption(seedOption())
    .addOption(pathOption('--json <file>', 'write the measurements there', 'a file'))
    .action((flags: OffPolicyFlags) => dispatch((shell) => offPolicy(flags, shell)));
};

const offPolicy = async ({ log, seed, json }: OffPolicyFlags, shell: Shell): Promise<number> => {
  const [{ findOpenBanditCampaigns }, { measureOpenBandit }, { tableText }, result] = await Promise.all([
    import('../../../datasets/open-bandit.ts'),
    import('../../experiments/open-bandit-stage.ts'),
    import('../table.ts'),
    import('../../../bench/result.ts'),
  ]);
  if (json !== undefined) result.expectWritable('--json', json);
  const machine = result.thisMachine();
  const campaigns = findOpenBanditCampaigns(log);
  if (campaigns.length === 0) {
    throw callerError(
      'off-policy-log',
      `--log: got '${log}', expected a folder with logs of a campaign under both random and bts, such as random/men/men.csv`,
    );
  }
  const rows = [];
  for (const campaign of campaigns) rows.push(...(await measureOpenBandit(campaign, seed)));
  shell.out(tableText(rows));
  const measurements = rows.flatMap((row) => ('measurement' in row ? [row.measurement] : []));
  const notes = measurements.map(({ name, definition, protocol }) => `${name}: ${protocol ?? definition}`);
  shell.out(`\n${notes.join('\n')}`);
  if (json !== undefined) {
    const run = { suite: 'off-policy', commit: result.currentCommit(), seed, machine, backend: 'none' };
    result.writeResult(json, { ...run, measurements });
  }
  return 0;
};
