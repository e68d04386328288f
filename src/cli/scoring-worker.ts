/** What each scoring thread of a server runs. */
import { workerData } from 'node:worker_threads';
import type { ScoringAnswer, ScoringTask } from '../serving/scoring/wire.ts';
import { openWorker, type WorkerSetup } from '../serving/scoring/worker-side.ts';
import { loadOwnModules } from './own-modules.ts';

const open = async (): Promise<(task: ScoringTask | undefined) => Promise<ScoringAnswer | undefined>> => {
  const answer = await openWorker(workerData as WorkerSetup, loadOwnModules);
  return async (task) => (task === undefined ? undefined : await answer(task)); // undefined asks whether it is ready
};

export const score = open();
