import { callerError } from '../../domain/errors.ts';

/** P(a place is examined), or anything proportional to it, from the 0-based row and column. */
export type ExaminationWeight = (row: number, column: number) => number;

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
  /** The share of its expected value that the row of a genre never watched loses, 0 to 1; the favourite's loses none. */
  readonly affinityWeight: number;
  /** Watched fractions that a survey answer is worth, so that it fades as plays come in. */
  readonly surveyPlays: number;
  /** Watched fractions from which and up to which a title counts as begun and not finished. */
  readonly resumeFrom: number;
  readonly resumeTo: number;
  /** Days after which resuming a title is worth half. */
  readonly resumeHalfLifeDays: number;
  readonly examination: ExaminationWeight;
}

export const defaultHomePageConfig: HomePageConfig = {
  rowCount: 8,
  columns: 10,
  minimumTitles: 3,
  newReleaseDays: 30,
  trendingDepth: 40,
  affinityWeight: 0.2,
  surveyPlays: 3,
  resumeFrom: 0.05,
  resumeTo: 0.9,
  resumeHalfLifeDays: 7,
  examination: (row, column) => 0.85 ** row * 0.9 ** column,
};

/**
 * The defaults with the given fields in their place.
 * @throws MarqueeError (caller) that names the field, what came and what was expected
 */
export function homePageConfig(given: Partial<HomePageConfig> = {}): HomePageConfig {
  const config = { ...defaultHomePageConfig, ...given };
  for (const field of ['rowCount', 'columns', 'minimumTitles', 'trendingDepth'] as const) {
    const whole = Number.isSafeInteger(config[field]) && config[field] >= 1;
    if (!whole) refuse(field, config[field], 'a whole number from 1');
  }
  for (const field of ['newReleaseDays', 'surveyPlays'] as const) {
    if (!(config[field] >= 0 && config[field] < Number.POSITIVE_INFINITY))
      refuse(field, config[field], 'a number from 0');
  }
  const { affinityWeight, resumeFrom, resumeTo, resumeHalfLifeDays } = config;
  if (!(affinityWeight >= 0 && affinityWeight <= 1))
    refuse('affinityWeight', affinityWeight, 'a share from 0 to 1');
  if (!(resumeFrom >= 0 && resumeFrom <= 1)) refuse('resumeFrom', resumeFrom, 'a fraction from 0 to 1');
  if (!(resumeTo >= resumeFrom && resumeTo <= 1))
    refuse('resumeTo', resumeTo, `a fraction from ${resumeFrom} to 1`);
  if (!(resumeHalfLifeDays > 0)) refuse('resumeHalfLifeDays', resumeHalfLifeDays, 'a number of days above 0');
  return config;
}

/**
 * The weight of each place, [rowCount, columns].
 * @throws MarqueeError (caller) on a weight that is not a finite number from 0
 */
export function examinationWeights({ rowCount, columns, examination }: HomePageConfig): Float64Array {
  const weights = new Float64Array(rowCount * columns);
  for (let row = 0; row < rowCount; row++) {
    for (let column = 0; column < columns; column++) {
      const weight = examination(row, column);
      if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
        refuse(`examination(${row}, ${column})`, weight, 'a finite number from 0');
      }
      weights[row * columns + column] = weight;
    }
  }
  return weights;
}

function refuse(field: string, came: number, expected: string): never {
  throw callerError('PAGE_CONFIG', `home-page: expected ${field} to be ${expected}, got ${came}`);
}
