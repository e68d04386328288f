import type { Command } from 'commander';
import { pathOption, seedOption, threadsOption, wholeNumberOption } from '../options.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface TuneFlags {
  readonly data: string;
  readonly out: string;
  readonly seconds: number;
  readonly seed: number;
  readonly threads?: number;
}

export const addTune = (program: Command, dispatch: Dispatch): void => {
  program
    .command('tune')
    .description("choose the two towers' settings on a validation part of a published split's training data")
    .addOption(
      pathOption(
        '--data <dir>',
        'the folder of a split, as evaluate takes it',
        'a folder',
      ).makeOptionMandatory(),
    )
    .addOption(pathOption('--out <file>', 'write the chosen settings there', 'a file').makeOptionMandatory())
    .addOption(
      wholeNumberOption('--seconds <n>', 'start no trial after this long', {
        min: 1,
        max: 1_000_000,
      }).default(600),
    )
    .addOption(seedOption())
    .addOption(threadsOption())
    .action((flags: TuneFlags) => dispatch((shell) => tune(flags, shell)));
};

const tune = async ({ data, out, seconds, seed, threads }: TuneFlags, shell: Shell): Promise<number> => {
  const startedAt = performance.now();
  const [
    published,
    towers,
    { createRng },
    { sharedKernels },
    files,
    { expectWritable },
    { availableParallelism },
  ] = await Promise.all([
    import('../../../datasets/published.ts'),
    import('../../training/id-towers/tune.ts'),
    import('../../domain/rng.ts'),
    import('../../math/kernels/kernels.ts'),
    import('../../artifacts/durable-files.ts'),
    import('../../../bench/result.ts'),
    import('node:os'),
  ]);
  expectWritable('--out', out);
  const split = published.openPublishedSplit(data);
  sharedKernels().setThreads(threads ?? availableParallelism());
  const { TOWER_SPACE, tuneIdTowers } = towers;
  const axes = Object.keys(TOWER_SPACE) as (keyof typeof TOWER_SPACE)[];
  for (const axis of axes) shell.out(`${axis}: ${TOWER_SPACE[axis].join(', ')}`);
  const { settings, trials, stoppedEarly } = await tuneIdTowers(split, {
    axes,
    rng: createRng(seed),
    progress: shell.progress,
    isOver: () => performance.now() - startedAt > 1_000 * seconds,
  });
  files.writeJson(out, settings);
  const best = Math.max(...trials.map(({ ndcg }) => ndcg));
  const ended = stoppedEarly ? `; the ${seconds} s ended before the space did` : '';
  shell.out(`${trials.length} trials, best validation NDCG@20 ${best.toFixed(4)}${ended}`);
  shell.out(`settings written to ${out}`);
  return 0;
};
