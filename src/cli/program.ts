import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addBench } from './commands/bench.ts';
import { addChaos } from './commands/chaos.ts';
import { addCheckFeatures } from './commands/check-features.ts';
import { addData } from './commands/data.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addExperiment } from './commands/experiment.ts';
import { addLabCharts } from './commands/lab-charts.ts';
import { addMonitor } from './commands/monitor.ts';
import { addOffPolicy } from './commands/off-policy.ts';
import { addReport } from './commands/report.ts';
import { addRollback } from './commands/rollback.ts';
import { addServe } from './commands/serve.ts';
import { addTune } from './commands/tune.ts';
import { usageError } from './failures.ts';
import type { Dispatch, Shell } from './shell.ts';

/**
 * The command line: every command, flag and argument. It knows how to read them and nothing of the work;
 * each command imports what it needs as it starts, so that `--help` is there at once.
 */
export const buildProgram = (dispatch: Dispatch, shell: Pick<Shell, 'out'>): Command => {
  const program = new Command('marquee');
  program
    .description('A Netflix-style recommender that one person can run, measure and take apart on a laptop.')
    .version(ownVersion());
  for (const add of [
    addDemo,
    addServe,
    addMonitor,
    addCheckFeatures,
    addRollback,
    addData,
    addEvaluate,
    addOffPolicy,
    addTune,
    addExperiment,
    addBench,
    addChaos,
    addReport,
    addDoctor,
    addLabCharts,
  ])
    add(program, dispatch);
  for (const command of withDescendants(program)) {
    command
      .showSuggestionAfterError(false)
      .configureOutput({ writeOut: (text) => shell.out(text.trimEnd()), writeErr: () => undefined })
      .exitOverride((error) => {
        throw usageError(command, error);
      });
  }
  return program;
};

const withDescendants = (command: Command): Command[] => [
  command,
  ...command.commands.flatMap((child) => withDescendants(child)),
];

const ownVersion = (): string => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
};
