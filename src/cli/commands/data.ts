import type { Command } from 'commander';
import type { Manifest } from '../../artifacts/manifest.ts';
import { numberText } from '../../reporting/digits.ts';
import { type Bounds, choiceOption, pathOption, seedOption, wholeNumberOption } from '../options.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface SimulateFlags {
  readonly out: string;
  readonly titles?: number;
  readonly members?: number;
  readonly days?: number;
  readonly seed: number;
}

interface ImportFlags {
  readonly from: string;
  readonly out: string;
  readonly layout?: string;
}

/** The sizes of a world that can be asked for. The world refuses, in its own words, what no world can be. */
export const WORLD_BOUNDS = {
  titles: { min: 50, max: 5_000_000 },
  members: { min: 1, max: 50_000_000 },
  days: { min: 1, max: 3_650 },
} as const satisfies Record<string, Bounds>;

const OUT = ['--out <dir>', 'the folder that will hold the dataset', 'a folder'] as const;

export const addData = (program: Command, dispatch: Dispatch): void => {
  const data = program.command('data').description('make a dataset: simulate a world, or import ratings');
  data
    .command('simulate')
    .description('simulate a world and write its logs')
    .addOption(pathOption(...OUT).makeOptionMandatory())
    .addOption(wholeNumberOption('--titles <n>', 'titles in the catalogue', WORLD_BOUNDS.titles))
    .addOption(wholeNumberOption('--members <n>', 'members who watch', WORLD_BOUNDS.members))
    .addOption(wholeNumberOption('--days <n>', 'days of logs', WORLD_BOUNDS.days))
    .addOption(seedOption())
    .action((flags: SimulateFlags) => dispatch((shell) => simulate(flags, shell)));

  data
    .command('import')
    .description('import ratings that others collected')
    .command('movielens')
    .description("import MovieLens ratings from an unpacked archive's folder")
    .addOption(pathOption('--from <dir>', 'the unpacked folder', 'a folder').makeOptionMandatory())
    .addOption(pathOption(...OUT).makeOptionMandatory())
    .addOption(
      choiceOption('--layout <name>', 'which files to expect; else told from what is there', [
        'ml-latest',
        'ml-1m',
        'ml-100k',
      ]),
    )
    .action((flags: ImportFlags) => dispatch((shell) => importMovieLens(flags, shell)));
};

const simulate = async (flags: SimulateFlags, shell: Shell): Promise<number> => {
  const { simulateDataset } = await import('../../../datasets/simulate.ts');
  const { out, ...config } = flags;
  const manifest = await simulateDataset(out, { config, progress: shell.progress });
  shell.out(writtenText(out, manifest));
  return 0;
};

const importMovieLens = async (flags: ImportFlags, shell: Shell): Promise<number> => {
  const { importMovielens } = await import('../../../datasets/movielens.ts');
  const { from, out, layout } = flags;
  const manifest = await importMovielens(from, out, layout === undefined ? {} : { layout });
  shell.out(writtenText(out, manifest));
  return 0;
};

/** `wrote DIR: titles 9,742, members 610, plays 100,836`. */
const writtenText = (dir: string, { files }: Manifest): string =>
  `wrote ${dir}: ${files.map(({ name, rows }) => `${name.replace(/\.arrow$/, '')} ${numberText(rows)}`).join(', ')}`;
