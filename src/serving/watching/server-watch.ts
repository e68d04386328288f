/**
 * Looks every few seconds at what this server, all its processes together, did: sets the gauges of what it finds, takes
 * a scrape of its own metrics, and reads the alert rules off it.
 */
import type { Clock, EpochMs } from '../../domain/clock.ts';
import { placementOf } from '../../evaluation/ab/assignment.ts';
import { createAlertWatch } from '../../monitoring/alerts/alert-watch.ts';
import { ALERT_RULES } from '../../monitoring/alerts/rules.ts';
import { createExpositionReader } from '../../monitoring/exposition.ts';
import type { Metrics } from '../../monitoring/metrics.ts';
import { createIntakeWatch, type QualityCheck, qualityOf } from '../../monitoring/quality.ts';
import { type KeptScrape, kept } from '../../monitoring/scrapes.ts';
import type { Status, VersionState } from '../../monitoring/status.ts';
import { type Traffic, trafficOf } from '../../monitoring/traffic.ts';
import { systemTimers, type Timers } from '../deadline.ts';
import type { MemberEvent } from '../events/event-schemas.ts';
import type { Dressed } from '../pipelines/journey.ts';
import type { SharedSums } from '../stores/shared-sums.ts';
import {
  createVersionWatch,
  type VersionFindings,
  type VersionWatch,
  type WatchedVersion,
} from './version-watch.ts';

export interface PageSeen {
  readonly requestId: string;
  readonly memberId: string;
  readonly modelVersion: string;
  readonly page: Dressed;
}

export interface EventTaken {
  readonly event: MemberEvent;
  readonly outcome: string;
  readonly late: boolean;
}

export interface ServerWatch {
  /** Whether the page of that request shall bring along what the ranker saw. */
  wants(requestId: string): boolean;
  page(seen: PageSeen): void;
  event(taken: EventTaken): void;
  /** As of now, or of less than a second ago. */
  status(): Promise<Status>;
  close(): Promise<void>;
}

export interface WatchParts {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Adds up what all processes counted. */
  readonly exchange: SharedSums;
  readonly titleIds: readonly string[];
  readonly isMember: (memberId: string) => boolean;
  /** The one that serves everybody first. */
  readonly versions: () => readonly WatchedVersion[];
  readonly versionState: () => VersionState;
  /** Of the pages made, by request id. */
  readonly servedShare: number;
  /** Hears of those pages. */
  readonly onEvidence?: (seen: PageSeen) => void;
  /** Hears of a look that failed; the next one comes all the same. */
  readonly onFailure: (error: unknown) => void;
  /** Between looks. Default 15 s. */
  readonly everyMs?: number;
  readonly timers?: Timers;
}

/** For the traffic of the last minutes. */
const SCRAPES_KEPT_MS = 6 * 60_000;

/** Somebody who asks again this soon is told the same. */
const ASKED_AGAIN_MS = 1_000;

interface Findings extends VersionFindings {
  readonly quality: readonly QualityCheck[];
}

interface Look extends Findings {
  readonly at: EpochMs;
  readonly traffic: Traffic;
}

export const startServerWatch = (parts: WatchParts): ServerWatch => {
  const { clock, metrics, exchange, titleIds, versions, servedShare, onFailure, onEvidence } = parts;
  const { everyMs = 15_000, timers = systemTimers } = parts;
  const sampled = placementOf('served');
  const drawn = placementOf('drift');
  const intake = createIntakeWatch(clock);
  const alerts = createAlertWatch(ALERT_RULES);
  const watches = new Map<string, VersionWatch>();
  const read = createExpositionReader();
  let scrapes: KeptScrape[] = [];

  const watchOf = (name: string): VersionWatch | undefined => {
    const known = watches.get(name);
    if (known !== undefined) return known;
    const version = versions().find((each) => each.name === name);
    if (version === undefined) return undefined; // its last answer, after another took its place
    const watch = createVersionWatch(version, titleIds, { clock, drawn });
    watches.set(name, watch);
    return watch;
  };

  const find = async (): Promise<Findings> => {
    const [serving] = versions();
    const open = new Set(versions().map(({ name }) => name));
    for (const name of watches.keys()) if (!open.has(name)) watches.delete(name);
    const counts = await exchange('intake', intake.counts());
    const watch = watchOf(serving.name);
    const found =
      watch === undefined
        ? { drift: [], calibration: [] }
        : watch.findings(await exchange(`version/${serving.name}`, watch.sums()));
    const worst = (of: 'missingShare' | 'outsideShare'): number =>
      Math.max(0, ...found.drift.map((each) => each[of]));
    const quality = qualityOf({
      counts,
      now: clock.now(),
      learnedUntil: serving.learnedUntil,
      missingShare: worst('missingShare'),
      outsideShare: worst('outsideShare'),
    });
    return { ...found, quality };
  };

  /** What is asked for in between is not kept: however many ask, the past is no longer and no dearer to read. */
  const look = async (isDue: boolean): Promise<Look> => {
    const found = await find();
    metrics.found(found);
    const { text } = await metrics.expose();
    const seen = { at: clock.now(), series: read(text).filter(isTraffic) };
    const before = scrapes[scrapes.length - 1];
    const scrape = kept(seen, before);
    const sinceMs = scrape.at - (before?.at ?? Number.NEGATIVE_INFINITY);
    const isKept = sinceMs >= everyMs || (isDue && sinceMs > 0);
    if (isKept) {
      scrapes = [...scrapes.filter(({ at }) => at >= scrape.at - SCRAPES_KEPT_MS), scrape];
      alerts.take(seen);
    }
    return { ...found, at: scrape.at, traffic: trafficOf(isKept ? scrapes : [...scrapes, scrape]) };
  };

  let looking: Promise<unknown> = Promise.resolve();
  /** One after the other, so that scrapes come in their order. */
  const lookNext = (isDue: boolean): Promise<Look> => {
    const next = looking.then(() => look(isDue));
    looking = next.catch(() => undefined);
    return next;
  };
  let asked: { readonly at: EpochMs; readonly look: Promise<Look> } | undefined;
  const lookAsked = (): Promise<Look> => {
    const at = clock.now();
    if (asked === undefined || at - asked.at >= ASKED_AGAIN_MS) {
      const look = lookNext(false);
      asked = { at, look };
      look.catch(() => {
        asked = undefined;
      });
    }
    return asked.look;
  };
  let closed = false;
  let callOff = (): void => undefined;
  const keepLooking = (): void => {
    callOff = timers.after(everyMs, () => {
      void lookNext(true)
        .catch(onFailure)
        .then(() => {
          if (!closed) keepLooking();
        });
    });
  };
  void lookNext(true).catch(onFailure);
  keepLooking();

  return {
    wants: (requestId) => sampled(requestId) < servedShare,
    page(seen) {
      const { requestId, memberId, modelVersion, page } = seen;
      intake.page(!parts.isMember(memberId));
      const { evidence } = page;
      if (evidence === undefined || evidence.requestId !== requestId) return; // made for an earlier request
      watchOf(modelVersion)?.served(evidence, page.rows);
      onEvidence?.(seen);
    },
    event({ event, outcome, late }) {
      intake.event({ outcome, late });
      if (outcome === 'applied' || outcome === 'stored') {
        for (const watch of watches.values()) watch.heard(event); // one of them served the page, if any
      }
    },
    async status() {
      return { ...(await lookAsked()), versions: parts.versionState(), alerts: alerts.alerts };
    },
    async close() {
      closed = true;
      callOff();
      await looking;
    },
  };
};

/** What is read of a scrape: neither the gauges of Node nor what nobody asks about. */
const isTraffic = ({ metric }: { readonly metric: string }): boolean => metric.startsWith('marquee_');
