/** A fault made while load runs, and what members saw of it, second by second. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openCatalogue } from '../../../datasets/arrow-tables.ts';
import { currentVersion, setCurrentVersion } from '../../artifacts/publish.ts';
import { callerError } from '../../domain/errors.ts';
import { groupsBy } from '../../domain/groups.ts';
import type { Rng } from '../../domain/rng.ts';
import { quantile } from '../../math/statistics.ts';
import { workPlaces } from '../../serving/work-places.ts';
import type { ChaosFault } from './chaos-faults.ts';
import { runStoreFault, type SeenAnswer, unknownTo } from './store-fault.ts';

export interface ChaosPlan {
  readonly fault: ChaosFault;
  /** Where a version was published. Nothing in it changes: the server works on a copy. */
  readonly workDir: string;
  readonly commandLine: readonly string[];
  /** Four homepages to one event. */
  readonly requestsPerSecond: number;
  readonly faultSeconds: number;
  readonly rng: Rng;
}

export interface SecondSeen {
  /** From the start of the load. */
  readonly second: number;
  readonly phase: 'before' | 'fault' | 'after';
  readonly answers: number;
  readonly errors: number;
  /** Pages in which the fallback of some stage stood. */
  readonly degraded: number;
  /** Of the pages, those made with the member's own profile and artworks; NaN where there were none. */
  readonly ownShare: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface ChaosReport {
  readonly seconds: readonly SecondSeen[];
  readonly sent: number;
  readonly errors: number;
  /** Of the errors, those that this fault need not cost. */
  readonly needless: number;
  readonly p99BeforeMs: number;
  readonly p99Ms: number;
  /** From the end of the fault until pages are their members' own again; Infinity where they never were. */
  readonly recoverySeconds: number;
  readonly acknowledged: number;
  readonly lost: number;
  /** Nothing failed needlessly, nothing acknowledged was lost, and pages came to be their members' own again in time. */
  readonly held: boolean;
}

const BEFORE_MS = 5_000;
const AFTER_MS = 8_000;
const RECOVERY_SECONDS = 5;

/** @throws MarqueeError (caller) where nothing was published, (dependency) where what the fault needs cannot be started */
export const runChaos = async (plan: ChaosPlan): Promise<ChaosReport> => {
  const { fault, commandLine, requestsPerSecond, faultSeconds, rng } = plan;
  const { catalogue, members } = await openCatalogue(workPlaces(plan.workDir).dataset);
  const workDir = copied(plan.workDir);
  try {
    const open = await fault.open({ workDir, commandLine, rng });
    try {
      const outcome = await runStoreFault({
        ...{ origin: open.origin, memberIds: members.ids, titleIds: catalogue.titles.ids, fault: open },
        ...{ requestsPerSecond, rng, beforeMs: BEFORE_MS, faultMs: 1_000 * faultSeconds, afterMs: AFTER_MS },
      });
      const { answers, sent, errors, acknowledged, recoverySeconds } = outcome;
      const needless = answers.filter(
        (each) => isError(each) && fault.mayFail?.(each, outcome) !== true,
      ).length;
      const lost = await unknownTo(open.origin, acknowledged);
      return {
        seconds: secondsOf(answers, outcome),
        ...{ sent, errors, needless, recoverySeconds, lost, acknowledged: acknowledged.length },
        p99BeforeMs: quantile(outcome.latenciesBeforeMs, 0.99),
        p99Ms: quantile(outcome.latenciesMs, 0.99),
        held: needless === 0 && lost === 0 && recoverySeconds <= RECOVERY_SECONDS,
      };
    } finally {
      await open.close();
    }
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
};

const isError = ({ status }: SeenAnswer): boolean => status === 0 || status >= 500;

/** A work directory beside the other, with the same data and version, and stores of its own. */
const copied = (workDir: string): string => {
  const places = workPlaces(workDir);
  const version = currentVersion(places.models);
  if (version === undefined) {
    throw callerError(
      'nothing-published',
      `${places.models}: nothing was published there, expected a version; 'npm run demo -- --exit' makes one`,
    );
  }
  const copy = mkdtempSync(join(workDir, 'chaos-'));
  const own = workPlaces(copy);
  symlinkSync(resolve(places.dataset), own.dataset);
  mkdirSync(own.models);
  symlinkSync(resolve(version.dir), join(own.models, version.name));
  setCurrentVersion(own.models, version.name);
  return copy;
};

/** What each second of the load was like. */
export const secondsOf = (
  answers: readonly SeenAnswer[],
  { beganMs, endedMs }: { readonly beganMs: number; readonly endedMs: number },
): SecondSeen[] => {
  const bySecond = groupsBy(answers, ({ dueMs }) => String(Math.floor(dueMs / 1_000)));
  return Array.from(bySecond, ([label, own]): SecondSeen => {
    const second = Number(label);
    const pages = own.filter(({ kind }) => kind === 'page');
    const latencies = own.map(({ latencyMs }) => latencyMs);
    const middle = 1_000 * second + 500;
    return {
      second,
      phase: middle < beganMs ? 'before' : middle < endedMs ? 'fault' : 'after',
      answers: own.length,
      errors: own.filter(isError).length,
      degraded: pages.filter(({ serverTiming }) => serverTiming.includes(';desc=')).length,
      ownShare: pages.filter(({ isOwn }) => isOwn).length / pages.length,
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
    };
  });
};
