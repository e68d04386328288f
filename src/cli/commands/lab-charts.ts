import { once } from 'node:events';
import { setPriority } from 'node:os';
import type { Command } from 'commander';
import { callerError, messageOf } from '../../domain/errors.ts';
import type { Answered, Asked } from '../lab/messages.ts';
import { workDirOption } from '../options.ts';
import type { Dispatch } from '../shell.ts';

/** What a server starts beside itself; hidden, for a person has nothing to say to it. */
export const addLabCharts = (program: Command, dispatch: Dispatch): void => {
  program
    .command('lab-charts', { hidden: true })
    .description('draw charts for the server that started this')
    .addOption(workDirOption())
    .action(({ workDir }: { workDir: string }) => dispatch(() => labCharts(workDir)));
};

/** Below whatever serves on this machine. */
const NICE = 10;

const labCharts = async (workDir: string): Promise<number> => {
  const send = process.send?.bind(process);
  if (send === undefined) {
    throw callerError('cli.no-server', 'lab-charts: got no server to draw for, expected one that starts it');
  }
  setPriority(NICE);
  const [{ createDrawer }, { workPlaces }] = await Promise.all([
    import('../lab/draw-asked.ts'),
    import('../../serving/work-places.ts'),
  ]);
  const draw = createDrawer(workPlaces(workDir).results);
  const tell = (answered: Answered): void => void send(answered);
  process.on('message', (asked: Asked) => {
    const { number } = asked;
    draw(asked).then(
      (answer) => tell({ number, answer }),
      (thrown: unknown) => tell({ number, failure: messageOf(thrown) }),
    );
  });
  await once(process, 'disconnect');
  return 0;
};
