/**
 * Keeps a server at the version that should be served: looks at what is published, opens what is new aside, warms it
 * up, and puts it in place, at once or after a trial. What cannot be opened or warmed up is refused, and the old
 * version goes on.
 */
import { currentVersion, type Version } from '../../artifacts/publish.ts';
import {
  recordServed,
  rejectionOf,
  rejectVersion,
  servableVersions,
  servedVersions,
} from '../../artifacts/releases.ts';
import type { Clock } from '../../domain/clock.ts';
import { messageOf } from '../../domain/errors.ts';
import { systemTimers, type Timers } from '../deadline.ts';
import type { OpenVersion } from '../open-version.ts';
import type { Ask, HomePipeline } from '../pipelines/home.ts';
import { kindOf } from '../stage.ts';
import { type CanaryPlan, type CanaryVerdict, judgeCanary } from './canary-judge.ts';
import type { SumsExchange } from './sums-exchange.ts';
import type { Switchboard } from './switchboard.ts';
import { warmUp } from './warm-up.ts';

/** What became of a version. */
export interface VersionEvent {
  readonly what: 'swapped' | 'refused' | 'on-trial' | 'promoted' | 'rolled-back' | 'abandoned';
  readonly version: string;
  readonly why?: string;
}

export interface KeeperState {
  readonly serving: string;
  readonly trial?: {
    readonly version: string;
    readonly share: number;
    /** As it was last judged. */
    readonly verdict?: CanaryVerdict;
  };
  /** What this process would not serve. */
  readonly refused: readonly { readonly version: string; readonly why: string }[];
}

export interface VersionKeeper {
  state(): KeeperState;
  /** Looks now, and waits until what is to be done is done. */
  look(): Promise<void>;
  /** Waits for the look under way. */
  close(): Promise<void>;
}

export interface KeeperParts {
  /** Where versions are published. */
  readonly root: string;
  readonly switchboard: Switchboard;
  /** @throws where the version cannot be served; nothing of it stays open then */
  readonly open: (version: Version) => Promise<OpenVersion>;
  readonly exchange: SumsExchange;
  /** What could not be opened before, and why. */
  readonly refused?: ReadonlyMap<string, string>;
  /** Without one, a new version answers everybody at once. */
  readonly canary?: CanaryPlan;
  readonly clock: Clock;
  readonly onEvent: (event: VersionEvent) => void;
  /** Hears of a look that failed; the next one comes all the same. */
  readonly onFailure: (error: unknown) => void;
  /** Between the end of a look and the next. Default 1 s. */
  readonly everyMs?: number;
  readonly timers?: Timers;
  readonly warm?: (pipeline: HomePipeline, asks: readonly Ask[]) => Promise<void>;
  readonly judge?: typeof judgeCanary;
}

/** Pages that a version is warmed up with. */
const WARM_UP_PAGES = 32;

/** A version that was refused because something else was away is tried again after so long. */
const AGAIN_MS = 10_000;

export const startKeeper = (parts: KeeperParts): VersionKeeper => {
  const { root, switchboard, open, exchange, canary, clock, onEvent, onFailure } = parts;
  const { everyMs = 1_000, timers = systemTimers, warm = warmUp, judge = judgeCanary } = parts;
  const refused = new Map<string, { why: string; until: number }>();
  for (const [version, why] of parts.refused ?? []) {
    refused.set(version, { why, until: Number.POSITIVE_INFINITY });
    onEvent({ what: 'refused', version, why });
  }
  let step = 0;
  let verdict: CanaryVerdict | undefined;

  /** The version, open and warm, or undefined where it was refused. */
  const prepare = async (version: Version): Promise<OpenVersion | undefined> => {
    let opened: OpenVersion | undefined;
    try {
      opened = await open(version);
      await warm(opened.pipeline, switchboard.recent.take(WARM_UP_PAGES));
      return opened;
    } catch (thrown) {
      await opened?.close();
      const why = messageOf(thrown);
      const until = kindOf(thrown) === 'dependency' ? timers.now() + AGAIN_MS : Number.POSITIVE_INFINITY;
      refused.set(version.name, { why, until });
      onEvent({ what: 'refused', version: version.name, why });
      return undefined;
    }
  };

  const followPointer = async (): Promise<void> => {
    const isRefused = ({ name }: Version): boolean => timers.now() < (refused.get(name)?.until ?? 0);
    const wanted = servableVersions(root).find((version) => !isRefused(version));
    const isOpen = wanted?.name === switchboard.serving.name || wanted?.name === switchboard.trial?.version;
    if (wanted === undefined || isOpen) return;
    const opened = await prepare(wanted);
    if (opened === undefined) return;
    refused.delete(wanted.name);
    if (canary === undefined || servedVersions(root).includes(wanted.name)) {
      switchboard.swap(opened);
      recordServed(root, wanted.name);
      onEvent({ what: 'swapped', version: wanted.name });
    } else {
      step = 0;
      verdict = undefined;
      switchboard.tryOut(opened, canary.steps[0].share);
      onEvent({ what: 'on-trial', version: wanted.name });
    }
  };

  const judgeTrial = async (): Promise<void> => {
    const { trial } = switchboard;
    if (trial === undefined || canary === undefined) return;
    const { version } = trial;
    const end = (what: VersionEvent['what'], why: string): void => {
      switchboard.endTrial();
      onEvent({ what, version, why });
    };
    const promote = (why: string): void => {
      switchboard.promote();
      recordServed(root, version);
      onEvent({ what: 'promoted', version, why });
    };
    const rejection = rejectionOf(root, version);
    if (rejection !== undefined) return end('rolled-back', rejection.cause);
    if (servedVersions(root).at(-1) === version) return promote('as another process judged');
    if (currentVersion(root)?.name !== version) return end('abandoned', 'another version is current now');
    verdict = judge(await exchange(version, trial.sums), canary, step);
    if (verdict.action === 'roll-back') {
      end('rolled-back', verdict.reason);
      const measured = { pages: verdict.pages, guardrails: verdict.guardrails.map((each) => ({ ...each })) };
      rejectVersion(root, { version, at: clock.now(), cause: verdict.reason, measured });
    } else if (verdict.action === 'promote') {
      promote(verdict.reason);
    } else if (verdict.action === 'advance') {
      step += 1;
      trial.share = canary.steps[step].share;
    }
  };

  let looking = Promise.resolve()
    .then(() => recordServed(root, switchboard.serving.name))
    .catch(onFailure);
  let closed = false;
  let callOff = (): void => undefined;
  const look = (): Promise<void> => {
    looking = looking.then(judgeTrial).then(followPointer).catch(onFailure);
    return looking;
  };
  const next = (): void => {
    callOff = timers.after(everyMs, () => {
      void look().then(() => {
        if (!closed) next();
      });
    });
  };
  next();

  return {
    look,
    state: () => ({
      serving: switchboard.serving.name,
      refused: [...refused].map(([version, { why }]) => ({ version, why })),
      ...(switchboard.trial === undefined
        ? {}
        : {
            trial: {
              version: switchboard.trial.version,
              share: switchboard.trial.share,
              ...(verdict === undefined ? {} : { verdict }),
            },
          }),
    }),
    async close() {
      closed = true;
      callOff();
      await looking;
    },
  };
};
