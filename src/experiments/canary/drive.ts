/**
 * A new version's trial from its publication to its end: the server's own switchboard, keeper and judge, members of the
 * world who ask for pages and play what is on them, and a clock that goes by requests.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publishVersion, setCurrentVersion } from '../../artifacts/publish.ts';
import { rejectionOf } from '../../artifacts/releases.ts';
import { fixedClock } from '../../domain/clock.ts';
import { bugError } from '../../domain/errors.ts';
import type { Rng } from '../../domain/rng.ts';
import type { Members } from '../../domain/tables.ts';
import { normalSource } from '../../math/random.ts';
import type { Timers } from '../../serving/deadline.ts';
import { canaryGroups } from '../../serving/versions/canary-groups.ts';
import type { CanaryPlan, judgeCanary } from '../../serving/versions/canary-judge.ts';
import { startKeeper } from '../../serving/versions/keeper.ts';
import { createSwitchboard } from '../../serving/versions/switchboard.ts';
import { drawReplies, type PageReplies } from './page-replies.ts';
import { emptyPage, simulatedVersion } from './simulated-version.ts';

/** How a version behaves that is simulated. */
export interface Behaviour {
  /** By place in `members`. */
  readonly replies: readonly PageReplies[];
  /** Latencies are this many times the usual ones. Default 1. */
  readonly slowness?: number;
  /** Share of requests that end in an error, or whose ranking is not finite. Warm-up meets none of them. */
  readonly throws?: number;
  readonly notFinite?: number;
}

export interface DrivePlan {
  readonly old: Behaviour;
  readonly candidate: Behaviour;
  readonly memberIds: readonly string[];
  readonly members: Members;
  /** Cumulative share of the requests that each member asks, ascending to 1, [members]. */
  readonly asking: Float64Array;
  readonly canary: CanaryPlan;
  /** Requests of all members, from the publication on, after which nobody waits any longer. */
  readonly mostRequests: number;
  /** Names the version, and with it who is in which group. */
  readonly version: string;
  readonly rng: Rng;
  readonly judge?: typeof judgeCanary;
}

export interface DriveOutcome {
  readonly end: 'promoted' | 'rolled-back' | 'undecided';
  readonly why: string;
  /** Of all members, from the publication until the end. */
  readonly requests: number;
  /** Answers that were an error to the member. */
  readonly failed: number;
}

/** Requests before the new version comes, so that the old one's latencies are known. */
const BEFORE = 500;
const LOOK_EVERY = 50;
/** Pages take about as long as a small server's: lognormal. */
const LATENCY = { medianMs: 8, sigma: 0.5 };

const unwatched = { stageEnded: () => undefined, bugFound: () => undefined };

export const driveCanary = async (plan: DrivePlan): Promise<DriveOutcome> => {
  const { old, candidate, memberIds, members, asking, canary, mostRequests, version, rng } = plan;
  const root = mkdtempSync(join(tmpdir(), 'marquee-canary-'));
  const draws = rng.fork('requests');
  const placeOf = canaryGroups(version);
  const normal = normalSource(() => draws.next());
  let now = 0;
  const timers: Timers = { now: () => now, after: () => () => undefined };
  const opened = (name: string, behaviour: Behaviour) =>
    simulatedVersion(name, ({ requestId }) => {
      const { slowness = 1, throws = 0, notFinite = 0 } = behaviour;
      now += slowness * LATENCY.medianMs * Math.exp(LATENCY.sigma * normal());
      const fate = requestId.startsWith('warm-up') ? 1 : draws.next();
      if (fate < throws) throw bugError('planted', 'a planted fault');
      if (fate >= throws + notFinite) return emptyPage();
      const error = bugError('scores-not-finite', 'scores: got NaN');
      return emptyPage([{ stage: 'ranking', reason: 'bug', error }]);
    });
  const behaviours = new Map([
    ['old', old],
    [version, candidate],
  ]);
  try {
    await publishVersion(root, 'old', () => undefined);
    setCurrentVersion(root, 'old');
    const switchboard = createSwitchboard({ first: opened('old', old), members, timers });
    const keeper = startKeeper({
      ...{ root, switchboard, canary, timers, clock: fixedClock(0), exchange: async (_, own) => own },
      open: async ({ name }) => opened(name, candidate),
      onEvent: () => undefined,
      onFailure(error) {
        throw error;
      },
      ...(plan.judge === undefined ? {} : { judge: plan.judge }),
    });
    let failed = 0;
    const request = async (i: number): Promise<void> => {
      const member = placeIn(asking, draws.next());
      const memberId = memberIds[member];
      const pipeline = switchboard.of(memberId);
      await pipeline.homepage({ requestId: `request-${i}`, memberId }, unwatched).catch(() => {
        failed += 1;
      });
      const { trial } = switchboard;
      if (trial === undefined || placeOf(memberId, trial.share) === undefined) return; // no judge hears of the rest
      const replies = (behaviours.get(pipeline.modelVersion) ?? old).replies[member];
      for (const { title, finished } of drawReplies(replies, draws)) {
        switchboard.heard({
          ...{ type: 'play', eventId: `play-${i}-${title}`, member: memberId, title: String(title) },
          watchedFraction: finished ? 1 : 0.1,
        });
      }
    };
    for (let i = 0; i < BEFORE; i++) await request(i);
    await publishVersion(root, version, () => undefined);
    setCurrentVersion(root, version);
    await keeper.look();
    let requests = 0;
    while (switchboard.trial !== undefined && requests < mostRequests) {
      await request(BEFORE + requests);
      requests += 1;
      if (requests % LOOK_EVERY === 0) await keeper.look();
    }
    await keeper.close();
    const cause = rejectionOf(root, version)?.cause;
    if (cause !== undefined) return { end: 'rolled-back', why: cause, requests, failed };
    const isPromoted = switchboard.current === version;
    return { end: isPromoted ? 'promoted' : 'undecided', why: '', requests, failed };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

/** The first place whose cumulative share is over u. */
const placeIn = (cumulative: Float64Array, u: number): number => {
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulative[middle] > u) high = middle;
    else low = middle + 1;
  }
  return low;
};
