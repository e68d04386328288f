import { basename } from 'node:path';
import type { Command } from 'commander';
import { pathOption } from '../options.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface ReportFlags {
  readonly out: string;
}

export const addReport = (program: Command, dispatch: Dispatch): void => {
  program
    .command('report')
    .description('one HTML file from results of bench: budgets, charts; two of a suite are compared')
    .argument('<file...>', 'what `bench SUITE --json FILE` wrote; of a suite, the earlier first')
    .addOption(pathOption('--out <file>', 'write the page there', 'a file', 'report.html'))
    .action((files: string[], flags: ReportFlags) => dispatch((shell) => report(files, flags, shell)));
};

const report = async (files: readonly string[], { out }: ReportFlags, shell: Shell): Promise<number> => {
  const [{ readResult }, { reportPage }, { expectWritable }, { writeText }] = await Promise.all([
    import('../../reporting/result-file.ts'),
    import('../../reporting/report-page.ts'),
    import('../../../bench/result.ts'),
    import('../../artifacts/durable-files.ts'),
  ]);
  expectWritable('--out', out);
  const runs = files.map((path) => ({ file: basename(path), result: readResult(path) }));
  writeText(out, await reportPage(runs));
  shell.out(`written to ${out}`);
  return 0;
};
