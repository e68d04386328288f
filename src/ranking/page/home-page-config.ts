import { callerError } from '../../domain/errors.ts';
import { FULLY_EXAMINED } from '../examination.ts';
import { RERANKERS, type Reranking } from '../reranking/rerank.ts';
import { type ExaminationWeight, placeCurve } from './place-curve.ts';

export interface HomePageConfig {
  readonly rowCount: number;
  /** Titles of a full row. */
  readonly columns: number;
  /** A genre row, trending now and new releases need as many titles, or are left out. */
  readonly minimumTitles: number;
  /** A title is new for as many days. */
  readonly newReleaseDays: number;
  /** How many of the pool's most played titles `trending-now` chooses from. */
  readonly trendingDepth: number;
  /** How many of the titles finished last `because-you-watched` may start from. */
  readonly watchedAnchors: number;
  /** How many of the pool's titles such a row chooses from: those most like the one watched. */
  readonly similarDepth: number;
  /** Rows of one template that a page shows at most; absent: as many as there are. */
  readonly mostOf: Readonly<Record<string, number>>;
  /** Watched fractions from which and up to which a title counts as begun and not finished. */
  readonly resumeFrom: number;
  readonly resumeTo: number;
  /** Days after which resuming a title is worth half. */
  readonly resumeHalfLifeDays: number;
  readonly examination: ExaminationWeight;
  /**
   * Puts the best titles in another order before rows are made of them. Absent: none; no re-ranker made pages of more
   * finished watches in the world that they were tried on, where a title takes nothing from those like it.
   */
  readonly reranking?: Reranking;
}

export const defaultHomePageConfig: HomePageConfig = {
  rowCount: 8,
  columns: 10,
  minimumTitles: 3,
  newReleaseDays: 30,
  trendingDepth: 40,
  watchedAnchors: 3,
  similarDepth: 40,
  mostOf: { 'because-you-watched': 2, genre: 4 },
  resumeFrom: 0.05,
  resumeTo: 0.9,
  resumeHalfLifeDays: 7,
  examination: placeCurve(FULLY_EXAMINED),
};

/**
 * The defaults with the given fields in their place.
 * @throws MarqueeError (caller) that names the field, what came and what was expected
 */
export function homePageConfig(given: Partial<HomePageConfig> = {}): HomePageConfig {
  const config = { ...defaultHomePageConfig, ...given };
  for (const field of [
    'rowCount',
    'columns',
    'minimumTitles',
    'trendingDepth',
    'watchedAnchors',
    'similarDepth',
  ] as const) {
    const whole = Number.isSafeInteger(config[field]) && config[field] >= 1;
    if (!whole) refuse(field, config[field], 'a whole number from 1');
  }
  for (const [template, most] of Object.entries(config.mostOf)) {
    if (!(Number.isSafeInteger(most) && most >= 0))
      refuse(`mostOf '${template}'`, most, 'a whole number from 0');
  }
  const { newReleaseDays, resumeFrom, resumeTo, resumeHalfLifeDays } = config;
  if (!(newReleaseDays >= 0 && newReleaseDays < Number.POSITIVE_INFINITY))
    refuse('newReleaseDays', newReleaseDays, 'a number from 0');
  if (!(resumeFrom >= 0 && resumeFrom <= 1)) refuse('resumeFrom', resumeFrom, 'a fraction from 0 to 1');
  if (!(resumeTo >= resumeFrom && resumeTo <= 1))
    refuse('resumeTo', resumeTo, `a fraction from ${resumeFrom} to 1`);
  if (!(resumeHalfLifeDays > 0)) refuse('resumeHalfLifeDays', resumeHalfLifeDays, 'a number of days above 0');
  if (config.reranking !== undefined) {
    const { by, weight = 0, depth = 1 } = config.reranking;
    if (!RERANKERS.includes(by)) refuse('reranking.by', by, `one of ${RERANKERS.join(', ')}`);
    if (!(weight >= 0 && weight <= 1)) refuse('reranking.weight', weight, 'a number from 0 to 1');
    if (!(Number.isSafeInteger(depth) && depth >= 1))
      refuse('reranking.depth', depth, 'a whole number from 1');
  }
  return config;
}

/**
 * The weight of each place on a device, [rowCount, columns].
 * @throws MarqueeError (caller) on a weight that is not a finite number from 0
 */
export function examinationWeights(
  { rowCount, columns, examination }: HomePageConfig,
  device: number,
): Float64Array {
  const weights = new Float64Array(rowCount * columns);
  for (let row = 0; row < rowCount; row++) {
    for (let column = 0; column < columns; column++) {
      const weight = examination(row, column, device);
      if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
        refuse(`examination(${row}, ${column})`, weight, 'a finite number from 0');
      }
      weights[row * columns + column] = weight;
    }
  }
  return weights;
}

function refuse(field: string, came: number | string, expected: string): never {
  throw callerError('PAGE_CONFIG', `home-page: expected ${field} to be ${expected}, got ${came}`);
}
