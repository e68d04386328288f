/**
 * Draws a server's charts in a process of its own, so that neither Vega nor an experiment takes anything from requests.
 * It is started by the first ask, and ends when nobody has asked for a while.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { dependencyError } from '../../domain/errors.ts';
import { csvOf } from '../../reporting/chart.ts';
import type { Lab, LabAnswer } from '../../serving/routes/lab-routes.ts';
import { LAB_ENTRIES } from './entries.ts';
import type { Answered, Asked } from './messages.ts';

const IDLE_MS = 5 * 60_000;
/** An experiment's first figures take seconds, and wait for those of others that were begun before. */
const PATIENCE_MS = 180_000;

export interface LabProcessParts {
  /** Gives what comes after `node` to run a command in a process of its own. */
  readonly commandLine: () => Promise<readonly string[]>;
  readonly workDir: string;
}

interface Waiting {
  settle(answered: Answered): void;
  fail(why: string): void;
}

export const createLabProcess = ({ commandLine, workDir }: LabProcessParts): Lab => {
  const waiting = new Map<number, Waiting>();
  let child: Promise<ChildProcess> | undefined;
  let idle: NodeJS.Timeout | undefined;
  let asks = 0;
  let isClosed = false;

  const start = async (): Promise<ChildProcess> => {
    const words = [...(await commandLine()), 'lab-charts', '--work-dir', workDir];
    const started = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    started.on('message', (message: Answered) => waiting.get(message.number)?.settle(message));
    started.once('error', (error) => ended(`could not start: ${error.message}`));
    started.once('exit', (code, signal) => ended(`ended with ${signal ?? code}`));
    started.unref();
    started.channel?.unref();
    return started;
  };
  const ended = (how: string): void => {
    child = undefined;
    for (const { fail } of waiting.values()) fail(how);
  };
  const end = (): void => {
    clearTimeout(idle);
    void child?.then((running) => running.kill());
    child = undefined;
  };

  return {
    entries: LAB_ENTRIES,
    async ask(ask) {
      if (isClosed) throw away('the server is closing');
      child ??= start();
      const running = await child;
      clearTimeout(idle);
      idle = setTimeout(end, IDLE_MS).unref();
      asks += 1;
      const number = asks;
      return await new Promise<LabAnswer>((resolve, reject) => {
        const done = (): void => {
          clearTimeout(patience);
          waiting.delete(number);
        };
        const fail = (why: string): void => {
          done();
          reject(away(why));
        };
        const patience = setTimeout(() => fail(`no answer in ${PATIENCE_MS} ms`), PATIENCE_MS);
        waiting.set(number, {
          fail,
          settle(answered) {
            if ('failure' in answered) return fail(answered.failure);
            done();
            resolve(answered.answer);
          },
        });
        running.send({ ...ask, number } satisfies Asked, (error) => {
          if (error !== null) fail(error.message);
        });
      });
    },
    csv: csvOf,
    close() {
      isClosed = true;
      end();
      for (const { fail } of waiting.values()) fail('the server is closing');
    },
  };
};

const away = (why: string) => dependencyError('lab-away', `the process that draws charts: ${why}`);
