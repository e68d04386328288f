/** Homepages asked of a server of its own process, and what became of each request. */
import type { Rng } from '../../src/domain/rng.ts';
import { generateLoad, type LoadAnswer } from '../../src/experiments/load-generator.ts';

export interface PageLoad {
  readonly origin: string;
  readonly requestsPerSecond: number;
  readonly seconds: number;
  readonly memberIds: readonly string[];
  readonly rng: Rng;
  /** Whether each page is made anew, whatever there is of a moment ago. */
  readonly anew: boolean;
  /** Share of requests that nobody waits for. Default 0. */
  readonly prefetchShare?: number;
}

export interface PageAnswer extends LoadAnswer {
  readonly isPrefetch: boolean;
}

export interface PageLoadResult {
  readonly answers: readonly PageAnswer[];
  /** Of the process that sent them, in cores. */
  readonly generatorCores: number;
  readonly seconds: number;
}

/** A page later than this is of no use to who waits for it. */
export const USEFUL_MS = 250;

/** Whether it is a page that was made for the member, in time. */
export const isUseful = ({ status, origin, latencyMs }: PageAnswer, withinMs = USEFUL_MS): boolean =>
  status === 200 && origin === 'personalised' && latencyMs <= withinMs;

/** Whether nothing was begun for it: it was told at once, or given a page that was ready. */
export const isShed = (answer: PageAnswer): boolean =>
  answer.status === 503 || (answer.status === 200 && answer.origin !== 'personalised' && !isLate(answer));

/** Whether it was taken on, and not made in time; the server names the stage that was late. */
export const isLate = ({ status, origin, serverTiming }: PageAnswer): boolean =>
  status === 0 || (status === 200 && origin !== 'personalised' && serverTiming.includes('desc="late"'));

export const loadPages = async (load: PageLoad): Promise<PageLoadResult> => {
  const { origin, requestsPerSecond, seconds, memberIds, rng, anew, prefetchShare = 0 } = load;
  const answers: PageAnswer[] = [];
  const prefetched = new Set<number>();
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await generateLoad({
    ...{ origin, requestsPerSecond, rng, durationMs: 1_000 * seconds, arrivals: 'poisson', connections: 512 },
    timeoutMs: 5_000,
    request(number, draws) {
      const member = memberIds[Math.floor(draws.next() * memberIds.length)];
      const isPrefetch = draws.next() < prefetchShare;
      if (isPrefetch) prefetched.add(number);
      return {
        path: `/v1/members/${encodeURIComponent(member)}/homepage`,
        headers: {
          ...(anew ? { 'cache-control': 'no-cache' } : {}),
          ...(isPrefetch ? { 'sec-purpose': 'prefetch' } : {}),
        },
      };
    },
    onAnswer: (answer) => answers.push({ ...answer, isPrefetch: prefetched.has(answer.number) }),
  });
  const { user, system } = process.cpuUsage(before);
  const tookMs = performance.now() - startedAt;
  return { answers, seconds, generatorCores: (user + system) / 1_000 / tookMs };
};

/** The p99 over all that were sent, those without a page of the member's own counted as endless. */
export const personalP99 = ({ answers }: PageLoadResult): number => {
  const ascending = Float64Array.from(answers, (answer) =>
    isUseful(answer, Number.POSITIVE_INFINITY) ? answer.latencyMs : Number.POSITIVE_INFINITY,
  ).sort();
  return ascending[Math.ceil(0.99 * ascending.length) - 1] ?? Number.POSITIVE_INFINITY;
};
