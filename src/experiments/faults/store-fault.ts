/** What members see while a store is away: pages and events under open-loop load, before a fault, in it and after. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rng } from '../../domain/rng.ts';
import { quantile } from '../../math/statistics.ts';
import { generateLoad, type LoadAnswer } from '../load-generator.ts';

export interface StoreFault {
  begin(): unknown;
  end(): unknown;
}

export interface FaultPlan {
  /** Of the server. */
  readonly origin: string;
  readonly memberIds: readonly string[];
  readonly titleIds: readonly string[];
  readonly fault: StoreFault;
  /** One in five is an event, the others ask for homepages. */
  readonly requestsPerSecond: number;
  readonly beforeMs: number;
  readonly faultMs: number;
  readonly afterMs: number;
  /** Ends the load as soon as pages are their members' own again. */
  readonly untilRecovered?: boolean;
  readonly rng: Rng;
  /** A request that takes longer got no answer. Default 5 s. */
  readonly timeoutMs?: number;
}

/** A play as a client reports it. */
export interface PlayReport {
  readonly type: 'play';
  readonly eventId: string;
  readonly member: string;
  readonly title: string;
  readonly watchedFraction: number;
}

export interface FaultOutcome {
  readonly sent: number;
  /** Answers of 500 and more, and requests without an answer. */
  readonly errors: number;
  /** How many of which kind: a status, or 0 for no answer. */
  readonly errorsByStatus: Readonly<Record<number, number>>;
  /** Of pages due in the fault, the share with a stage that did without the store. */
  readonly degradedShare: number;
  /** Milliseconds of every request due from one second after the fault began until the end, errors included. */
  readonly latenciesMs: Float64Array;
  /** The same before the fault, the first second left out: what this machine gives now. */
  readonly latenciesBeforeMs: Float64Array;
  /** Of events due in the same time, while the fault lasted; NaN where there were none. */
  readonly ackP50Ms: number;
  /** From the end of the fault until members' pages are their own again; Infinity where they never were. */
  readonly recoverySeconds: number;
  /** Events answered with 200. */
  readonly acknowledged: readonly PlayReport[];
  /** All answers in the order in which they were due. */
  readonly answers: readonly SeenAnswer[];
  /** When the fault began and ended, ms after the start. */
  readonly beganMs: number;
  readonly endedMs: number;
}

export interface SeenAnswer extends LoadAnswer {
  readonly kind: 'page' | 'event';
  /** A page that was made with what the store holds: the member's profile and artworks. */
  readonly isOwn: boolean;
}

const SETTLING_MS = 1_000;
const EVENT_EVERY = 5;

/** Pages are their members' own again from the first of so many in a row of which at most one is not. */
const STEADY_PAGES = 10;

export const runStoreFault = async (plan: FaultPlan): Promise<FaultOutcome> => {
  const { origin, memberIds, titleIds, fault, rng, requestsPerSecond, timeoutMs = 5_000 } = plan;
  const answers: LoadAnswer[] = [];
  const eventOf = (number: number): PlayReport => {
    const draws = rng.fork(`event/${number}`);
    const pick = (ids: readonly string[]): string => ids[Math.floor(draws.next() * ids.length)];
    const eventId = `fault-${rng.fork('run').next().toString(36).slice(2)}-${number}`;
    return { type: 'play', eventId, member: pick(memberIds), title: pick(titleIds), watchedFraction: 0.5 };
  };
  const recovered = new AbortController();
  let endedMs = Number.POSITIVE_INFINITY;
  const loading = generateLoad({
    ...{ origin, requestsPerSecond, rng, timeoutMs, arrivals: 'constant' },
    durationMs: plan.beforeMs + plan.faultMs + plan.afterMs,
    request: (number, draws) =>
      isEvent(number)
        ? { path: '/v1/events', body: eventOf(number) }
        : {
            path: `/v1/members/${encodeURIComponent(memberIds[Math.floor(draws.next() * memberIds.length)])}/homepage`,
          },
    signal: recovered.signal,
    onAnswer(answer) {
      answers.push(answer);
      if (plan.untilRecovered !== true || endedMs === Number.POSITIVE_INFINITY) return;
      if (recoveryMs(answers, endedMs) < Number.POSITIVE_INFINITY) recovered.abort(RECOVERED);
    },
  });
  const startedAt = performance.now();
  const until = (ms: number): Promise<void> => sleep(Math.max(0, startedAt + ms - performance.now()));
  await until(plan.beforeMs);
  await fault.begin();
  const beganMs = performance.now() - startedAt;
  await until(plan.beforeMs + plan.faultMs);
  await fault.end();
  endedMs = performance.now() - startedAt;
  await loading.catch((thrown: unknown) => {
    if (thrown !== RECOVERED) throw thrown;
  });
  answers.sort((a, b) => a.number - b.number);

  const inFault = (answer: LoadAnswer): boolean => answer.dueMs > beganMs && answer.dueMs < endedMs;
  const settled = answers.filter(({ dueMs }) => dueMs > beganMs + SETTLING_MS);
  const pagesInFault = answers.filter((answer) => !isEvent(answer.number) && inFault(answer));
  const acks = settled.filter((answer) => isEvent(answer.number) && inFault(answer));
  const failed = answers.filter(({ status }) => status === 0 || status >= 500);
  const acknowledged = answers.filter(({ number, status }) => isEvent(number) && status === 200);
  return {
    sent: answers.length,
    errors: failed.length,
    errorsByStatus: countsOf(failed.map(({ status }) => status)),
    degradedShare: pagesInFault.filter((page) => !isOwn(page)).length / pagesInFault.length,
    latenciesMs: latenciesOf(settled),
    latenciesBeforeMs: latenciesOf(answers.filter(({ dueMs }) => dueMs > SETTLING_MS && dueMs < beganMs)),
    ackP50Ms: acks.length === 0 ? Number.NaN : quantile(latenciesOf(acks), 0.5),
    recoverySeconds: recoveryMs(answers, endedMs) / 1_000,
    acknowledged: acknowledged.map(({ number }) => eventOf(number)),
    answers: answers.map((answer) => ({
      ...answer,
      kind: isEvent(answer.number) ? 'event' : 'page',
      isOwn: !isEvent(answer.number) && isOwn(answer),
    })),
    beganMs,
    endedMs,
  };
};

const countsOf = (statuses: readonly number[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

const latenciesOf = (answers: readonly LoadAnswer[]): Float64Array =>
  Float64Array.from(answers, ({ latencyMs }) => latencyMs);

const RECOVERED = new Error('recovered');

const isEvent = (number: number): boolean => number % EVENT_EVERY === 0;

/** Whether the page was made with what the store holds: the member's profile and artworks. */
const isOwn = ({ status, serverTiming }: LoadAnswer): boolean =>
  status === 200 && !/(?:^|, )(?:context|artwork);dur=[\d.]+;desc=/.test(serverTiming);

/** After the end of the fault; Infinity where it has not come to that. */
const recoveryMs = (answers: readonly LoadAnswer[], endedMs: number): number => {
  const pages = answers.filter(({ number, dueMs }) => !isEvent(number) && dueMs > endedMs);
  pages.sort((a, b) => a.number - b.number);
  for (let i = 0; i + STEADY_PAGES <= pages.length; i++) {
    const others = pages.slice(i, i + STEADY_PAGES).filter((page) => !isOwn(page));
    if (others.length <= 1) return pages[i].dueMs - endedMs;
  }
  return Number.POSITIVE_INFINITY;
};

/**
 * How many of the acknowledged events the store takes for new ones when they are sent once more, after a time in which
 * it may catch up. Those that it cannot be asked about, for it is busy or away, are asked about again for a while, and
 * count if it stays so.
 */
export const unknownTo = async (origin: string, events: readonly PlayReport[]): Promise<number> => {
  await sleep(CATCHING_UP_MS);
  const until = performance.now() + ASKING_MS;
  let unknown = 0;
  let open = [...events];
  while (open.length > 0 && performance.now() < until) {
    const asked = open.slice(0, ASKED_AT_ONCE);
    const answer = await fetch(`${origin}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    });
    const { results } = (await answer.json()) as { results: readonly { readonly outcome: string }[] };
    unknown += results.filter(({ outcome }) => outcome === 'applied').length;
    open = [...open.slice(ASKED_AT_ONCE), ...asked.filter((_, i) => results[i].outcome === 'stored')];
  }
  return unknown + open.length;
};

const CATCHING_UP_MS = 3_000;
const ASKED_AT_ONCE = 25;
const ASKING_MS = 20_000;
