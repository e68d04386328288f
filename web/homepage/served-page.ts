/** A member's page as the server makes it, and what its stages took. */
import type { Static } from 'typebox';
import type { homepageSchema } from '../../src/serving/http/page-json.ts';
import { ask } from '../requests.ts';

export type Page = Static<typeof homepageSchema>;
export type Row = Page['rows'][number];
export type Title = Row['titles'][number];

export interface StageTime {
  readonly stage: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly budgetMs: number;
  /** Why its fallback was served. */
  readonly degraded?: string;
}

export interface Served {
  readonly page: Page;
  readonly stages: readonly StageTime[];
  /** From the question to the whole answer, as this browser saw it. */
  readonly roundTripMs: number;
}

/** The name of the entry that stands for the whole request. */
export const WHOLE = 'request';

/** The entries of a `Server-Timing` header; what a server leaves out is 0. */
export const stagesIn = (header: string): StageTime[] =>
  header
    .split(', ')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [stage, ...fields] = entry.split(';');
      const values = new Map(fields.map((field) => field.split('=') as [string, string]));
      const numberIn = (name: string): number => Number(values.get(name) ?? 0);
      const degraded = values.get('desc')?.replaceAll('"', '');
      return {
        stage,
        startMs: numberIn('start'),
        durationMs: numberIn('dur'),
        budgetMs: numberIn('budget'),
        ...(degraded === undefined ? {} : { degraded }),
      };
    });

/** The page as it is made now, not as it was a moment ago: all of its stages are to be seen. */
export const loadPage = async (member: string): Promise<Served> => {
  const askedAt = performance.now();
  const headers = { 'cache-control': 'no-cache' };
  const response = await ask(`/v1/members/${encodeURIComponent(member)}/homepage`, { headers });
  const page = (await response.json()) as Page;
  const roundTripMs = performance.now() - askedAt;
  return { page, stages: stagesIn(response.headers.get('server-timing') ?? ''), roundTripMs };
};

export type Pictured = Pick<Title, 'id' | 'artwork'>;

/** Where the picture of a title lies. Under its version it is kept for ever, for another may share its id. */
export const pictureOf = ({ id, artwork }: Pictured, version: string): string => {
  const kept = `?v=${encodeURIComponent(version)}`;
  return artwork === null ? `/posters/${id}.svg${kept}` : `/artworks/${artwork.id}.svg${kept}`;
};

/** The same without the title's name on it. */
export const plainPictureOf = (title: Pictured, version: string): string =>
  `${pictureOf(title, version)}&lettering=none`;
