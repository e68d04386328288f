import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { PublishedSplit } from '../../../datasets/published.ts';
import { callerError } from '../../domain/errors.ts';
import type { StageRow } from '../../domain/measurement.ts';
import { PUBLISHED_MODEL_NAMES, type PublishedModelName } from '../../experiments/published-models.ts';
import { choicesOption, pathOption, seedOption, threadsOption, wholeNumberOption } from '../options.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface EvaluateFlags {
  readonly data?: string;
  readonly dataset?: string;
  readonly model: readonly PublishedModelName[];
  readonly k?: number;
  readonly seed: number;
  readonly threads?: number;
  readonly json?: string;
  readonly settings?: string;
}

export const addEvaluate = (program: Command, dispatch: Dispatch): void => {
  program
    .command('evaluate')
    .description(
      'fit models to a published split, or to a dataset of ours, and print their metrics, defined and compared',
    )
    .addOption(
      pathOption('--data <dir>', 'the folder of a split, in one of the forms that papers use', 'a folder'),
    )
    .addOption(
      pathOption(
        '--dataset <dir>',
        'a dataset as data simulate and data import write it, cut in time',
        "a dataset's folder",
      ),
    )
    .addOption(
      choicesOption(
        '--model <names>',
        'models, joined by commas',
        PUBLISHED_MODEL_NAMES,
      ).makeOptionMandatory(),
    )
    .addOption(
      wholeNumberOption('--k <n>', 'length of the lists; default 20 for full ranking, else 10', {
        min: 1,
        max: 1_000,
      }),
    )
    .addOption(pathOption('--settings <file>', "the two towers' settings, as tune writes them", 'a file'))
    .addOption(seedOption())
    .addOption(threadsOption())
    .addOption(pathOption('--json <file>', 'write the measurements there', 'a file'))
    .action((flags: EvaluateFlags) => dispatch((shell) => evaluate(flags, shell)));
};

const evaluate = async (flags: EvaluateFlags, shell: Shell): Promise<number> => {
  const { model, k, seed, threads, json, settings } = flags;
  const [{ measureModels }, { protocolOf }, { createRng }, { tableText }, result] = await Promise.all([
    import('../../experiments/evaluate-published.ts'),
    import('../../experiments/published-rows.ts'),
    import('../../domain/rng.ts'),
    import('../table.ts'),
    import('../../../bench/result.ts'),
  ]);
  if (json !== undefined) result.expectWritable('--json', json);
  const machine = result.thisMachine();
  const split = await openSplit(flags);
  const rows = await measureModels(split, model, {
    ...(k === undefined ? {} : { k }),
    ...(threads === undefined ? {} : { threads }),
    ...(settings === undefined ? {} : { towerSettings: { file: settings, settings: readJson(settings) } }),
    rng: createRng(seed),
    progress: shell.progress,
  });
  shell.out(tableText(rows));
  shell.out(`\n${split.name}: ${protocolOf(split)}`);
  shell.out(definitionsText(rows));
  shell.out(`\nseed ${seed}, node ${machine.node}, files ${split.fingerprint.slice(0, 16)}`);
  if (json !== undefined) {
    const measurements = rows.flatMap((row) => ('measurement' in row ? [row.measurement] : []));
    const run = { suite: 'evaluate', commit: result.currentCommit(), seed, machine, backend: 'kernels' };
    result.writeResult(json, { ...run, measurements });
  }
  return 0;
};

/** @throws MarqueeError (caller) unless one of the two folders is named, and can be opened */
const openSplit = async ({
  data,
  dataset,
}: Pick<EvaluateFlags, 'data' | 'dataset'>): Promise<PublishedSplit> => {
  if (data !== undefined && dataset === undefined)
    return (await import('../../../datasets/published.ts')).openPublishedSplit(data);
  if (dataset !== undefined && data === undefined) {
    const [{ openDataset }, { temporalAsPublished }] = await Promise.all([
      import('../../../datasets/arrow-tables.ts'),
      import('../../experiments/temporal-published.ts'),
    ]);
    return temporalAsPublished((await openDataset(dataset)).dataset);
  }
  const came = data === undefined ? 'neither' : 'both';
  throw callerError('cli.bad-value', `evaluate: got ${came} of --data and --dataset, expected one of them`);
};

/** @throws MarqueeError (caller) naming the file that cannot be read or is no JSON */
const readJson = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw callerError('settings-file', `--settings: got '${file}', expected a JSON file: ${why}`);
  }
};

/** One line for each definition, after the first measure that has it. */
const definitionsText = (rows: readonly StageRow[]): string => {
  const measures = new Map<string, string>();
  for (const row of rows) {
    if ('absent' in row) continue;
    const { name, definition } = row.measurement;
    if (definition === undefined || measures.has(definition)) continue;
    measures.set(definition, name.split('.').slice(2).join('.'));
  }
  return Array.from(measures, ([definition, measure]) => `${measure}: ${definition}`).join('\n');
};
