/** The same member's page under two sets of parts, and how the two differ. */
import { callerError } from '../../domain/errors.ts';
import type { RecRequest, StageContext } from '../../domain/request.ts';
import { codesOf } from '../../domain/tables.ts';
import { intraListDiversity } from '../../evaluation/list-metrics.ts';
import type { Ranker } from '../../ranking/contract.ts';
import type { StageObserver, StageReport } from '../stage.ts';
import { type Dressed, requestOf, type Served, titlesOf } from './journey.ts';
import type { Ask, HomeParts, Workshop } from './parts.ts';
import { noFeatures } from './stage-results.ts';

/** The kinds of part that can be exchanged, each with what is installed of it. */
const SHELVES = {
  generator: 'generators',
  ranker: 'rankers',
  pageBuilder: 'pageBuilders',
  policy: 'policies',
} as const satisfies Record<string, keyof Workshop>;

export type SwapKind = keyof typeof SHELVES;
export const SWAP_KINDS = Object.keys(SHELVES) as readonly SwapKind[];

/** Names of installed parts; what is not named stays as it is served. */
export type Swap = Partial<Readonly<Record<SwapKind, string>>>;

/** Stands in every shelf for what serves. */
export const AS_SERVED = 'as-served';

/** The names that can be chosen, by kind; `AS_SERVED` first. */
export type Installed = Readonly<Record<SwapKind, readonly string[]>>;

export const installedIn = (workshop: Workshop | undefined): Installed =>
  Object.fromEntries(
    SWAP_KINDS.map((kind) => [kind, [AS_SERVED, ...(workshop?.[SHELVES[kind]].keys() ?? [])]]),
  ) as Record<SwapKind, string[]>;

export interface Comparison {
  readonly served: ComparedPage;
  readonly swapped: ComparedPage;
  /** Share of the served page's titles that the other has too; 1 for an empty page. */
  readonly overlap: number;
}

export interface ComparedPage {
  readonly page: Dressed;
  readonly reports: readonly StageReport[];
  readonly metrics: PageMetrics;
}

export interface PageMetrics {
  readonly titles: number;
  /** Sum over the places of P(examined) P(click | examined), both pages by the ranker that serves: what it expects of them. */
  readonly predictedTakes: number;
  /** Mean over the titles' pairs of 1 - cosine. Absent for fewer than two titles. */
  readonly diversity?: number;
  readonly genres: number;
  readonly latencyMs: number;
}

const unwatched: StageObserver = { stageEnded: () => undefined, bugFound: () => undefined };

interface Pages {
  homepage(ask: Ask, observer: StageObserver): Promise<Served<Dressed>>;
}

export const comparer =
  (parts: HomeParts, make: (parts: HomeParts) => Pages) =>
  async ({ swap, ...ask }: Ask & { readonly swap: Swap }): Promise<Comparison> => {
    const { workshop, clock } = parts;
    if (workshop === undefined)
      throw callerError('nothing-installed', 'compare: no other parts are installed');
    const { faults: _, scorer: __, ...sound } = parts; // what is compared is the parts, not the faults or the threads
    const exchanged = { ...sound, cachedPages: 1, ...exchange(workshop, swap) };
    const at = clock.now();
    const request = requestOf({ ...ask, at }, await parts.profiles.profile(ask.memberId, at));
    const [served, swapped] = [
      await make({ ...sound, cachedPages: 1 }).homepage(ask, unwatched),
      await make(exchanged).homepage(ask, unwatched),
    ];
    const measured = async ({ value: page, reports }: Served<Dressed>): Promise<ComparedPage> => ({
      page,
      reports,
      metrics: await metricsOf(parts, workshop, request, page, reports),
    });
    const theirs = new Set(titlesOf(swapped.value));
    const ours = titlesOf(served.value);
    return {
      served: await measured(served),
      swapped: await measured(swapped),
      overlap: ours.length === 0 ? 1 : ours.filter((title) => theirs.has(title)).length / ours.length,
    };
  };

/** The parts that stand in the places of those that serve. */
const exchange = (
  { generators, rankers, pageBuilders, policies }: Workshop,
  swap: Swap,
): Partial<HomeParts> => {
  const named = <T>(kind: SwapKind, shelf: ReadonlyMap<string, T>): T | undefined => {
    const name = swap[kind] ?? AS_SERVED;
    if (name === AS_SERVED) return undefined;
    const part = shelf.get(name);
    if (part !== undefined) return part;
    const known = [AS_SERVED, ...shelf.keys()].join(', ');
    throw callerError('part-unknown', `${kind}: got '${name}', expected one of ${known}`);
  };
  const sources = named('generator', generators);
  const ranker = named('ranker', rankers);
  const pageBuilder = named('pageBuilder', pageBuilders);
  const artworks = named('policy', policies);
  return {
    ...(sources === undefined ? {} : { sources }),
    ...(ranker === undefined ? {} : { ranker, ...featuresFor(ranker) }),
    ...(pageBuilder === undefined ? {} : { pageBuilder }),
    ...(artworks === undefined ? {} : { artworks }),
  };
};

/** A ranker that reads no features is given none. */
const featuresFor = ({ featureNames }: Ranker): Partial<HomeParts> =>
  featureNames.length === 0 ? { features: { assemble: (_request, pool) => noFeatures(pool) } } : {};

const metricsOf = async (
  { catalogue, ranker, features, clock, rng }: HomeParts,
  { vectors: { vectors, size }, examination }: Workshop,
  request: RecRequest,
  page: Dressed,
  reports: readonly StageReport[],
): Promise<PageMetrics> => {
  const items = titlesOf(page);
  const pool = {
    items,
    scores: new Float32Array(items.length),
    source: new Uint8Array(items.length),
    sourceNames: ['page'],
  };
  const ctx: StageContext = { clock, rng: rng.fork('compare'), signal: new AbortController().signal };
  const { heads, combined } = await ranker.score(request, pool, features.assemble(request, pool), ctx);
  const clicks = heads['click'] ?? combined;
  let predictedTakes = 0;
  let at = 0;
  page.rows.forEach(({ titles }, row) => {
    for (let i = 0; i < titles.length; i++)
      predictedTakes += examination(row, i, request.device) * clicks[at++];
  });
  const genres = new Set(Array.from(items, (title) => [...codesOf(catalogue.titles.genres, title)]).flat());
  return {
    titles: items.length,
    predictedTakes,
    ...(items.length < 2 ? {} : { diversity: intraListDiversity(items, vectors, size) }),
    genres: genres.size,
    latencyMs: reports.at(-1)?.durationMs ?? Number.NaN,
  };
};
