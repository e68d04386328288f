/** What passes between the thread that serves and those that score: plain data, for a copy of it arrives. */
import { MarqueeError, messageOf } from '../../domain/errors.ts';
import type { CandidatePool, RecRequest } from '../../domain/request.ts';
import type { ListScoring, PageScoring, RankedTitles, ScoredPage } from '../pipelines/scorer.ts';
import { decodeProfile, encodeProfile } from '../profile-codec.ts';
import { type DoneElsewhere, kindOf } from '../stage.ts';

/** The request, its profile in bytes of its own: views of a store's memory would bring all of it along. */
type WiredRequest = Omit<RecRequest, 'profile'> & { readonly profile: Uint8Array };

interface Errand {
  readonly request: WiredRequest;
  readonly poolSize: number;
  /** As `wallMs` gives it: threads of one process have no other clock in common. */
  readonly deadlineAt: number;
}

export type ScoringTask =
  | (Errand & { readonly what: 'page'; readonly onlyPersonal: boolean; readonly evidence: boolean })
  | (Errand & { readonly what: 'list'; readonly k: number });

export interface ScoringAnswer extends DoneElsewhere {
  /** Absent where there was no time left to begin, or none to end. */
  readonly value?: ScoredPage | RankedTitles;
  readonly tookMs: number;
}

/** Milliseconds since 1970, to fractions of one; the same on all threads. */
export const wallMs = (): number => performance.timeOrigin + performance.now();

export const pageTask = (
  { request, poolSize, onlyPersonal, evidence = false }: PageScoring,
  deadlineAt: number,
): ScoringTask => ({
  ...{ what: 'page', request: wired(request), poolSize, onlyPersonal, evidence, deadlineAt },
});

export const listTask = ({ request, poolSize, k }: ListScoring, deadlineAt: number): ScoringTask => ({
  ...{ what: 'list', request: wired(request), poolSize, k, deadlineAt },
});

const wired = (request: RecRequest): WiredRequest => ({
  ...request,
  profile: encodeProfile(request.profile),
});

export const requestIn = ({ request }: ScoringTask): RecRequest => ({
  ...request,
  profile: decodeProfile(request.profile, request.memberId),
});

/** Of the pool, what the page shows: the rest is nobody's business any more. */
export const shownOf = ({ page, pool, ...others }: ScoredPage): ScoredPage => {
  const shown = new Set(page.rows.flatMap(({ titles }) => [...titles]));
  const kept = Uint32Array.from(pool.items.keys()).filter((place) => shown.has(pool.items[place]));
  const small: CandidatePool = {
    items: kept.map((place) => pool.items[place]),
    scores: Float32Array.from(kept, (place) => pool.scores[place]),
    source: Uint8Array.from(kept, (place) => pool.source[place]),
    sourceNames: pool.sourceNames,
  };
  return { ...others, page, pool: small };
};

interface WiredError {
  readonly kind: ReturnType<typeof kindOf>;
  readonly code: string;
  readonly message: string;
  readonly stack: string;
}

/** An error of any class; a class does not survive the way. */
export const wiredError = (error: unknown): WiredError => ({
  kind: kindOf(error),
  code: error instanceof MarqueeError ? error.code : 'internal',
  message: messageOf(error),
  stack: error instanceof Error ? (error.stack ?? '') : '',
});

const unwiredError = (error: unknown): MarqueeError => {
  const { kind, code, message, stack } = error as WiredError;
  const here = new MarqueeError(kind, code, message);
  here.stack = stack;
  return here;
};

/** What was done on the other thread, with its errors as this one knows them. */
export const unwired = ({ reports, bugs }: DoneElsewhere): DoneElsewhere => ({
  reports: reports.map((report) =>
    report.error === undefined ? report : { ...report, error: unwiredError(report.error) },
  ),
  bugs: bugs.map(({ stage, error }) => ({ stage, error: unwiredError(error) })),
});
