/** A publisher is killed at every change that it makes to the disk, and at random, while readers read. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { heldTo, type StageRow } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { publishNumbered, readCurrent } from './numbered-version.ts';

export interface PublishCrashes {
  readonly kills: number;
  /** Changes to the disk that one publishing takes: at each of them one child was killed. */
  readonly steps: number;
  readonly reads: number;
  /** What readers found that was neither the old version whole nor the new one whole. */
  readonly torn: readonly string[];
}

export interface PublishCrashPlan {
  /** Every how manieth change is one to be killed at; 1 is all. */
  readonly everyStep: number;
  readonly randomKills: number;
  readonly rng: Rng;
  /** Publishes where readers look, to see that they would tell. */
  readonly inPlace?: boolean;
}

export const crashPublishers = async (plan: PublishCrashPlan): Promise<PublishCrashes> => {
  const { everyStep, randomKills, rng } = plan;
  const how = plan.inPlace === true ? ['in-place'] : [];
  const root = mkdtempSync(join(tmpdir(), 'marquee-publish-'));
  const torn: string[] = [];
  let [reads, kills] = [0, 0];
  try {
    await publishNumbered(root, 0);
    let oldest = 0;
    let children = 0;
    /** A version that a killed publisher left stands there, so each has numbers of its own. */
    const next = (): number => {
      children += 1;
      return children * NUMBERS_EACH;
    };
    /** Finds a version not older than the last one found. */
    const read = async (): Promise<void> => {
      reads += 1;
      try {
        const found = await readCurrent(root);
        if (found < oldest) torn.push(`version ${found} after version ${oldest}`);
        oldest = Math.max(oldest, found);
      } catch (thrown) {
        torn.push(String(thrown));
      }
    };
    const { steps, publishMs } = await measurePublishing(root, read);
    const until = async (child: ChildProcess): Promise<void> => {
      const ended = once(child, 'exit').then(() => true);
      while (!(await Promise.race([ended, sleep(5, false)]))) await read();
      kills += 1;
      await read();
    };
    for (let step = 1; step <= steps; step += everyStep) await until(startChild(root, next(), step, how));
    for (let i = 0; i < randomKills; i++) {
      const child = startChild(root, next(), 0, how);
      await published(child);
      const dying = until(child);
      await sleep(rng.next() * 4 * publishMs);
      child.kill('SIGKILL');
      await dying;
    }
    return { kills, steps, reads, torn };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

const NUMBERS_EACH = 10_000;

const startChild = (root: string, first: number, step: number, how: readonly string[]): ChildProcess => {
  const script = join(import.meta.dirname, 'publish-child.ts');
  const args = ['--import', 'tsx', script, root, String(first), String(step), ...how];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
};

/** What the child says once it has published. */
const published = async (child: ChildProcess): Promise<string> => {
  if (child.stdout === null) throw new Error('a publisher without an output');
  const ended = once(child, 'exit').then(() => {
    throw new Error('a publisher ended before it published');
  });
  const [chunk] = await Promise.race([once(child.stdout, 'data'), ended]);
  return String(chunk).split('\n')[0];
};

const measurePublishing = async (root: string, read: () => Promise<void>) => {
  const child = startChild(root, 1, 0, []);
  const ended = once(child, 'exit');
  const [, steps] = (await published(child)).split(' ').map(Number);
  const startedAt = performance.now();
  await published(child);
  const publishMs = performance.now() - startedAt;
  child.kill('SIGKILL');
  await ended;
  await read();
  return { steps, publishMs };
};

export const measurePublishCrashes = async (options: {
  readonly small: boolean;
  readonly rng: Rng;
  readonly progress: Progress;
}): Promise<StageRow[]> => {
  const { small, rng, progress } = options;
  const plan = { everyStep: small ? 5 : 1, randomKills: small ? 10 : 200, rng: rng.fork('publish-crash') };
  const step = progress.step('kill publishers');
  const { kills, steps, reads, torn } = await crashPublishers(plan);
  step.end(`${kills} kills, ${reads} reads, ${torn.length} torn${torn.length === 0 ? '' : `: ${torn[0]}`}`);
  return [
    {
      stage: 'publish',
      measurement: heldTo(
        {
          ...{ name: 'crash.publish.torn', value: torn.length, unit: 'reads', n: kills },
          definition:
            'reads of the current version that found neither the old one whole nor the new one whole: a pointer to nothing, a file or table that is missing, short or altered, rows of another version, or an older version than was read before',
          protocol: `a publisher in a process of its own ends by SIGKILL at ${plan.everyStep === 1 ? 'each' : `every ${plan.everyStep}th`} of the ${steps} changes to the disk that publishing takes (a write is cut in half), and ${plan.randomKills} times at random; ${reads} reads meanwhile and after each kill; the next publisher finds what the last one left`,
        },
        0,
      ),
    },
  ];
};
