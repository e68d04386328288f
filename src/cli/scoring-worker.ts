/** What each scoring thread of a server runs. */
import { setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import type { ScoringAnswer, ScoringTask } from '../serving/scoring/wire.ts';
import { openWorker, type WorkerSetup } from '../serving/scoring/worker-side.ts';
import { loadOwnModules } from './own-modules.ts';

/** The thread that serves goes before those that score, so that it says no at once where cores are few. */
const NICE = 10;

const open = async (): Promise<(task: ScoringTask | undefined) => Promise<ScoringAnswer | undefined>> => {
  if (process.platform === 'linux') setPriority(NICE); // of this thread; elsewhere it would be the whole process
  const answer = await openWorker(workerData as WorkerSetup, loadOwnModules);
  return async (task) => (task === undefined ? undefined : await answer(task)); // undefined asks whether it is ready
};

export const score = open();
