/** Which alerts fire: rules over a server's scrapes of itself. */
import type { EpochMs } from '../../domain/clock.ts';
import { type KeptScrape, kept, type Scrape, type Selector, selects } from '../scrapes.ts';
import type { AlertRule, Condition } from './condition.ts';
import { conditionValue } from './condition-value.ts';

export interface Alert {
  readonly name: string;
  readonly severity: AlertRule['severity'];
  readonly summary: string;
  readonly todo: string;
  readonly value: number;
  /** Its condition holds since; it fires once it held long enough. */
  readonly since: EpochMs;
  readonly state: 'pending' | 'firing';
}

export interface AlertWatch {
  /** Takes a scrape that is later than those before it, and gives the alerts whose conditions hold now, worst first. */
  take(scrape: Scrape): readonly Alert[];
  /** As of the last scrape. */
  readonly alerts: readonly Alert[];
}

export const createAlertWatch = (rules: readonly AlertRule[]): AlertWatch => {
  const selectors = rules.flatMap(({ condition }) => selectorsOf(condition));
  const keptMs = MINUTE_MS * Math.max(0, ...rules.flatMap(({ condition }) => minutesOf(condition)));
  const holdsSince = new Map<string, EpochMs>();
  let scrapes: KeptScrape[] = [];
  let alerts: readonly Alert[] = [];
  return {
    take({ at, series }) {
      scrapes = thinned(scrapes, at, keptMs);
      const ruled = series.filter((each) => selectors.some((selector) => selects(selector, each)));
      scrapes.push(kept({ at, series: ruled }, scrapes[scrapes.length - 1]));
      alerts = rules
        .flatMap(({ name, severity, summary, todo, condition, forMinutes }): Alert[] => {
          const { value, holds } = conditionValue(condition, scrapes);
          if (!holds) {
            holdsSince.delete(name);
            return [];
          }
          const since = holdsSince.get(name) ?? at;
          holdsSince.set(name, since);
          const state = at - since >= forMinutes * MINUTE_MS ? 'firing' : 'pending';
          return [{ name, severity, summary, todo, value, since, state }];
        })
        .sort((a, b) => urgency(b) - urgency(a));
      return alerts;
    },
    get alerts() {
      return alerts;
    },
  };
};

/** Scrapes within the time, the fewer the older: a condition over hours needs no minutes. */
const thinned = (scrapes: readonly KeptScrape[], now: EpochMs, keptMs: number): KeptScrape[] => {
  let before = Number.NEGATIVE_INFINITY;
  return scrapes.filter(({ at }) => {
    const isKept = at >= now - keptMs && at - before >= spacingMs(now - at);
    if (isKept) before = at;
    return isKept;
  });
};

const MINUTE_MS = 60_000;
const spacingMs = (ageMs: number): number => {
  if (ageMs <= 10 * MINUTE_MS) return 0;
  return ageMs <= 60 * MINUTE_MS ? MINUTE_MS : 10 * MINUTE_MS;
};

const urgency = ({ severity, state }: Alert): number =>
  (state === 'firing' ? 2 : 0) + (severity === 'page' ? 1 : 0);

/** Whether somebody has to act now. */
export const isPageWorthy = ({ severity, state }: Alert): boolean =>
  severity === 'page' && state === 'firing';

const selectorsOf = (condition: Condition): Selector[] => {
  switch (condition.kind) {
    case 'share':
      return ['rest' in condition.share ? condition.share.rest : condition.share.part, condition.whole];
    case 'all':
      return condition.of.flatMap(selectorsOf);
    default:
      return [condition.of];
  }
};

const minutesOf = (condition: Condition): number[] => {
  if (condition.kind === 'level') return [];
  return condition.kind === 'all' ? condition.of.flatMap(minutesOf) : [condition.minutes];
};
