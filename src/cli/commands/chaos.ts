import type { Argument, Command } from 'commander';
import type { ChaosReport } from '../../experiments/faults/chaos.ts';
import { CHAOS_NAMES, CHAOS_WORDS, type ChaosName } from '../../experiments/faults/chaos-names.ts';
import { commandLine } from '../bundle.ts';
import { choiceArgument, seedOption, wholeNumberOption, workDirOption } from '../options.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface ChaosFlags {
  readonly workDir: string;
  readonly seconds: number;
  readonly rate: number;
  readonly seed: number;
}

export const addChaos = (program: Command, dispatch: Dispatch): void => {
  program
    .command('chaos')
    .description('break something under load, in the open, and show what members saw of it second by second')
    .addArgument(faultArgument())
    .addOption(workDirOption())
    .addOption(wholeNumberOption('--seconds <n>', 'how long the fault lasts', { min: 1, max: 3_600 }, 8))
    .addOption(
      wholeNumberOption(
        '--rate <n>',
        'requests a second: four homepages to one event',
        { min: 5, max: 1_000 },
        25,
      ),
    )
    .addOption(seedOption())
    .addHelpText(
      'after',
      `\nFaults:\n${CHAOS_NAMES.map((name) => `  ${name.padEnd(18)}${CHAOS_WORDS[name]}`).join('\n')}`,
    )
    .action((fault: ChaosName | undefined, flags: ChaosFlags) =>
      dispatch((shell) => chaos(fault === undefined ? CHAOS_NAMES : [fault], flags, shell)),
    );
};

const faultArgument = (): Argument => {
  const argument = choiceArgument(
    'fault',
    'what to break; all, one after another, where it is not said',
    CHAOS_NAMES,
  );
  return argument.argOptional();
};

const chaos = async (names: readonly ChaosName[], flags: ChaosFlags, shell: Shell): Promise<number> => {
  const [{ runChaos }, { CHAOS_FAULTS }, { createRng }] = await Promise.all([
    import('../../experiments/faults/chaos.ts'),
    import('../../experiments/faults/chaos-faults.ts'),
    import('../../domain/rng.ts'),
  ]);
  const command = await commandLine();
  let code = 0;
  for (const name of names) {
    const fault = CHAOS_FAULTS[name];
    const away = fault.isAway?.();
    shell.out(`\n${name}: ${away === undefined ? CHAOS_WORDS[name] : `left out, ${away}`}`);
    if (away !== undefined) {
      if (names.length === 1) code = 1;
      continue;
    }
    const step = shell.progress.step(name);
    const report = await runChaos({
      ...{ fault, workDir: flags.workDir, commandLine: command, requestsPerSecond: flags.rate },
      ...{ faultSeconds: flags.seconds, rng: createRng(flags.seed).fork(name) },
    });
    step.end();
    for (const line of chaosText(report)) shell.out(line);
    if (!report.held) code = 1;
  }
  return code;
};

const HEADINGS = ['second', 'phase', 'answers', 'errors', 'degraded', 'own pages', 'p50 ms', 'p99 ms'];

/** The table and the verdict, line by line. */
export const chaosText = (report: ChaosReport): string[] => {
  const cells = report.seconds.map(({ second, phase, answers, errors, degraded, ownShare, p50Ms, p99Ms }) => [
    ...[second, phase, answers, errors, degraded].map(String),
    Number.isNaN(ownShare) ? '' : `${(100 * ownShare).toFixed(0)} %`,
    ...[p50Ms, p99Ms].map((ms) => ms.toFixed(0)),
  ]);
  const table = [HEADINGS, ...cells].map((row) => row.map((cell) => cell.padStart(9)).join('  '));
  const { sent, errors, needless, recoverySeconds, acknowledged, lost, p99Ms, p99BeforeMs, held } = report;
  const recovery = Number.isFinite(recoverySeconds)
    ? `pages were their members' own again ${recoverySeconds.toFixed(1)} s after it`
    : "pages never were their members' own again";
  return [
    ...table,
    `${held ? 'held' : 'DID NOT HOLD'}: of ${sent} requests ${errors} failed, ${needless} of them needlessly; ${recovery}; of ${acknowledged} events acknowledged ${lost} were lost; p99 ${p99BeforeMs.toFixed(0)} ms before, ${p99Ms.toFixed(0)} ms from the first second of the fault on`,
  ];
};
