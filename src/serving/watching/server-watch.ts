/**
 * Looks every few seconds at what this server, all its processes together, did: sets the gauges of what it finds, takes
 * a scrape of its own metrics, and reads the alert rules off it.
 */
import type { Clock } from '../../domain/clock.ts';
import { placementOf } from '../../evaluation/ab/assignment.ts';
import { createAlertWatch } from '../../monitoring/alerts/alert-watch.ts';
import { ALERT_RULES } from '../../monitoring/alerts/rules.ts';
import { parseExposition } from '../../monitoring/exposition.ts';
import type { Metrics } from '../../monitoring/metrics.ts';
import { createIntakeWatch, type QualityCheck, qualityOf } from '../../monitoring/quality.ts';
import type { Scrape } from '../../monitoring/scrapes.ts';
import type { Status, VersionState } from '../../monitoring/status.ts';
import { trafficOf } from '../../monitoring/traffic.ts';
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
  /** Looks now. */
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

interface Look extends VersionFindings {
  readonly quality: readonly QualityCheck[];
}

export const startServerWatch = (parts: WatchParts): ServerWatch => {
  const { clock, metrics, exchange, titleIds, versions, servedShare, onFailure, onEvidence } = parts;
  const { everyMs = 15_000, timers = systemTimers } = parts;
  const sampled = placementOf('served');
  const drawn = placementOf('drift');
  const intake = createIntakeWatch(clock);
  const alerts = createAlertWatch(ALERT_RULES);
  const watches = new Map<string, VersionWatch>();
  let scrapes: Scrape[] = [];

  const watchOf = (name: string): VersionWatch | undefined => {
    const known = watches.get(name);
    if (known !== undefined) return known;
    const version = versions().find((each) => each.name === name);
    if (version === undefined) return undefined; // its last answer, after another took its place
    const watch = createVersionWatch(version, titleIds, { clock, drawn });
    watches.set(name, watch);
    return watch;
  };

  const find = async (): Promise<Look> => {
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

  const look = async (): Promise<Look> => {
    const found = await find();
    metrics.found(found);
    const { text } = await metrics.expose();
    const scrape = { at: clock.now(), series: parseExposition(text).filter(isTraffic) };
    const last = scrapes[scrapes.length - 1];
    if (last !== undefined && last.at >= scrape.at) return found; // two looks in one moment
    scrapes = [...scrapes.filter(({ at }) => at >= scrape.at - SCRAPES_KEPT_MS), scrape];
    alerts.take(scrape);
    return found;
  };

  let looking: Promise<unknown> = Promise.resolve();
  /** One after the other, so that scrapes come in their order. */
  const lookNext = (): Promise<Look> => {
    const next = looking.then(look);
    looking = next.catch(() => undefined);
    return next;
  };
  let closed = false;
  let callOff = (): void => undefined;
  const keepLooking = (): void => {
    callOff = timers.after(everyMs, () => {
      void lookNext()
        .catch(onFailure)
        .then(() => {
          if (!closed) keepLooking();
        });
    });
  };
  void lookNext().catch(onFailure);
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
      const found = await lookNext();
      const at = clock.now();
      return {
        at,
        versions: parts.versionState(),
        traffic: trafficOf(scrapes),
        ...found,
        alerts: alerts.alerts,
      };
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
