import type { Command } from 'commander';
import { SCENARIO_NAMES, type ScenarioName } from '../../experiments/lab/scenarios/scenarios.ts';
import { choiceArgument, seedOption } from '../options.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface ExperimentFlags {
  readonly seed: number;
  readonly small?: true;
}

export const addExperiment = (program: Command, dispatch: Dispatch): void => {
  program
    .command('experiment')
    .description('plant a product question in the world, answer it, and show answer and truth side by side')
    .addArgument(choiceArgument('name', 'the question', SCENARIO_NAMES))
    .addOption(seedOption())
    .option('--small', 'fewer members: seconds, and wider intervals')
    .action((name: ScenarioName, flags: ExperimentFlags) =>
      dispatch((shell) => experiment(name, flags, shell)),
    );
};

const experiment = async (name: ScenarioName, flags: ExperimentFlags, shell: Shell): Promise<number> => {
  const [{ loadScenario }, { openLab }, { intervalPlot, PLOT_LEGEND }] = await Promise.all([
    import('../../experiments/lab/scenarios/scenarios.ts'),
    import('../../experiments/lab/lab-world.ts'),
    import('../interval-plot.ts'),
  ]);
  const scenario = await loadScenario(name);
  const lab = openLab(flags.seed, flags.small === true, shell.progress);
  const { question, method, plots, decision, reasons, truth } = scenario(lab);
  shell.out(`\n${question}\n`);
  for (const line of method) shell.out(`  ${line}`);
  for (const { title, unit, estimates } of plots) {
    shell.out(`\n${title}`);
    for (const line of intervalPlot(estimates, unit)) shell.out(`  ${line}`);
  }
  shell.out(`\n${PLOT_LEGEND}`);
  shell.out(`\nverdict: ${decision}`);
  for (const reason of reasons) shell.out(`  - ${reason}`);
  shell.out(`truth: ${truth}`);
  return 0;
};
