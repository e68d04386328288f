/** The versions that are open in this process, and whom they answer: one everybody, and one on trial its group. */
import { FINISHED_FRACTION, type Members } from '../../domain/tables.ts';
import { quantile } from '../../math/statistics.ts';
import { systemTimers, type Timers } from '../deadline.ts';
import type { OpenVersion } from '../open-version.ts';
import type { Ask, HomePipeline } from '../pipelines/home.ts';
import type { VersionRouter } from '../router.ts';
import { BASELINE, canaryGroups, type Place } from './canary-groups.ts';
import { type CanarySums, count, emptySums } from './canary-sums.ts';
import { createLiveVersion, type LiveVersion } from './live-version.ts';
import { createRecentAsks, type RecentAsks } from './recent-asks.ts';
import { orElse, watchedPipeline } from './watched-pipeline.ts';

export interface Trial {
  readonly version: string;
  /** Of this process alone. */
  readonly sums: CanarySums;
  /** Share of the members in each group. */
  share: number;
}

export interface Switchboard extends VersionRouter {
  readonly serving: OpenVersion;
  /** The serving one, and the one on trial. */
  readonly versions: readonly OpenVersion[];
  readonly trial: Trial | undefined;
  readonly recent: RecentAsks;
  /** From now on it answers everybody; the one before is closed when its last answer is given. Ends a trial of it. */
  swap(to: OpenVersion): void;
  /** From now on it answers its group. */
  tryOut(candidate: OpenVersion, share: number): void;
  /** The version on trial answers everybody from now on. */
  promote(): void;
  /** Its group gets the old version again. */
  endTrial(): void;
  /** Closes each version once its last answer is given. */
  close(): Promise<void>;
}

export interface SwitchboardParts {
  readonly first: OpenVersion;
  readonly members: Members;
  readonly timers?: Timers;
  /** Hears of pages that the serving version gave. */
  readonly onPage?: (ask: Ask) => void;
  readonly makeLive?: (opened: OpenVersion) => LiveVersion;
}

/** Pages from whose latencies it is told what is slow; before there are so many, slow is over the whole budget. */
const LATENCIES = 1_000;
const FEWEST_LATENCIES = 200;
const BUDGET_MS = 100;

export const createSwitchboard = (parts: SwitchboardParts): Switchboard => {
  const { first, members, timers = systemTimers, onPage, makeLive = createLiveVersion } = parts;
  const recent = createRecentAsks(members);
  const latenciesMs: number[] = [];
  const closing = new Set<Promise<void>>();
  let pages = 0;
  let running: RunningTrial | undefined;

  const attentive = (pipeline: HomePipeline): HomePipeline => ({
    ...pipeline,
    async homepage(ask, observer) {
      const startedAt = timers.now();
      recent.note(ask);
      const served = await pipeline.homepage(ask, observer);
      latenciesMs[pages++ % LATENCIES] = timers.now() - startedAt;
      onPage?.(ask);
      return served;
    },
  });
  const answering = (opened: OpenVersion) => {
    const live = makeLive(opened);
    return { live, pipeline: attentive(live.pipeline) };
  };
  const retire = (live: LiveVersion): void => {
    const closed = live.retire().finally(() => closing.delete(closed));
    closing.add(closed);
  };
  let serving = answering(first);
  const install = (next: ReturnType<typeof answering>): void => {
    const before = serving;
    serving = next;
    retire(before.live);
  };
  const end = (): RunningTrial | undefined => {
    const ended = running;
    running = undefined;
    return ended;
  };

  return {
    recent,
    get current() {
      return serving.live.opened.name;
    },
    get serving() {
      return serving.live.opened;
    },
    get versions() {
      const opened = serving.live.opened;
      return running === undefined ? [opened] : [opened, running.live.opened];
    },
    get trial() {
      return running;
    },
    of(memberId) {
      const place = running?.placeOf(memberId, running.share);
      if (running === undefined || place === undefined) return serving.pipeline;
      const watch = { sums: running.sums, slowMs: running.slowMs, timers };
      if (place.group === BASELINE) return watchedPipeline(serving.pipeline, place, watch);
      return orElse(watchedPipeline(running.live.pipeline, place, watch), serving.pipeline);
    },
    arms(memberId) {
      const place = running?.placeOf(memberId, running.share);
      if (running === undefined || place === undefined) return [];
      const arm = place.group === BASELINE ? 'baseline' : 'canary';
      return [{ experiment: `canary of ${running.version}`, arm }];
    },
    heard(event) {
      if (running === undefined || (event.type !== 'play' && event.type !== 'finish')) return;
      const place = running.placeOf(event.member, running.share);
      if (place === undefined) return;
      if (event.type === 'play') count(running.sums, place, 'plays');
      const isFinished = event.type === 'finish' || event.watchedFraction >= FINISHED_FRACTION;
      if (isFinished) count(running.sums, place, 'finishes');
    },
    swap(to) {
      install(answering(to));
    },
    tryOut(candidate, share) {
      const seen = Float64Array.from(latenciesMs);
      running = {
        version: candidate.name,
        ...{ share, sums: emptySums(), live: makeLive(candidate), placeOf: canaryGroups(candidate.name) },
        slowMs: seen.length < FEWEST_LATENCIES ? BUDGET_MS : quantile(seen, 0.99),
      };
    },
    promote() {
      const promoted = end();
      if (promoted === undefined) return;
      install({ live: promoted.live, pipeline: attentive(promoted.live.pipeline) });
    },
    endTrial() {
      const ended = end();
      if (ended !== undefined) retire(ended.live);
    },
    async close() {
      const ended = end();
      if (ended !== undefined) retire(ended.live);
      retire(serving.live);
      await Promise.all(closing);
    },
  };
};

interface RunningTrial extends Trial {
  readonly live: LiveVersion;
  readonly placeOf: (memberId: string, share: number) => Place | undefined;
  readonly slowMs: number;
}
