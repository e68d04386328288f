/**
 * Tests in the layout of the Upworthy Research Archive (Matias, Munger, Le Quere & Ebersole, Scientific Data 2021): a
 * CSV with a row for each package of headline and image that a test showed, its impressions and its clicks.
 */
import { type CsvPlace, csvError, readCsvColumns, wholeNumber } from './csv-columns.ts';

export interface UpworthyArm {
  readonly headline: string;
  /** `eyecatcher_id` */
  readonly image: string;
  readonly impressions: number; // more than 0
  readonly clicks: number; // at most as many
}

export interface UpworthyTest {
  readonly id: string;
  /** Year and week of the year, such as 201446; weeks begin on Sundays, days before the first are in week 0. */
  readonly week: number;
  readonly arms: readonly UpworthyArm[];
}

const COLUMNS = [
  'clickability_test_id',
  'test_week',
  'headline',
  'eyecatcher_id',
  'impressions',
  'clicks',
] as const;

/**
 * The tests of a file in order of appearance. An arm that was never shown is left out.
 * @throws MarqueeError (caller) naming file, line and column of what is missing or wrong
 */
export const readUpworthyTests = async (path: string): Promise<UpworthyTest[]> => {
  const tests = new Map<
    string,
    { readonly id: string; readonly week: number; readonly arms: UpworthyArm[] }
  >();
  await readCsvColumns(path, COLUMNS, ([id, week, headline, image, impressions, clicks], line) => {
    const place = (column: (typeof COLUMNS)[number]): CsvPlace => ({ path, line, column });
    if (id === '') throw csvError(place('clickability_test_id'), id, 'an id');
    const shown = wholeNumber(place('impressions'), impressions, 0);
    const clicked = wholeNumber(place('clicks'), clicks, 0);
    if (clicked > shown) throw csvError(place('clicks'), clicks, `at most the ${shown} impressions`);
    const inWeek = wholeNumber(place('test_week'), week, 200_000, 210_000);
    let test = tests.get(id);
    if (test === undefined) tests.set(id, (test = { id, week: inWeek, arms: [] }));
    if (shown > 0) test.arms.push({ headline, image, impressions: shown, clicks: clicked });
  });
  return [...tests.values()];
};

/** What sets a test's arms apart: images under one headline, headlines with one image, both, or less. */
export const variedIn = ({ arms }: UpworthyTest): 'image' | 'headline' | 'both' | 'neither' => {
  const [images, headlines] = [
    new Set(arms.map(({ image }) => image)),
    new Set(arms.map((arm) => arm.headline)),
  ];
  if (images.size > 1) return headlines.size > 1 ? 'both' : 'image';
  return headlines.size > 1 ? 'headline' : 'neither';
};

/**
 * Whether the archive's authors doubt that arms were dealt by chance: from 2013-06-25 to 2014-01-10, in weeks, since
 * a file tells no day.
 */
export const isDoubted = ({ week }: UpworthyTest): boolean => week >= 201_325 && week <= 201_401;
