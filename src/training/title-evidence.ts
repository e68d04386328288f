import { rowsBefore } from '../../datasets/split.ts';
import type { EpochMs } from '../domain/clock.ts';
import { type Dataset, FINISHED_FRACTION, type Impressions, NO_IMPRESSION } from '../domain/tables.ts';
import { memberDirections, type TasteModel } from '../ranking/taste.ts';
import type { ExaminationOf } from './replay.ts';
import type { LearnedOccasion, TrainedTaste } from './taste.ts';
import { CONTEXT_SIZE, createOccasion, type TasteExamples } from './taste-examples.ts';
import { fitTitleLifts, type TitleEvidence } from './title-lifts.ts';

/**
 * A function that gives the taste model with what each title adds for everybody, as told by the impressions and plays
 * before a moment: of the members as known just before each page.
 */
export const learnTitleLifts = (options: {
  readonly dataset: Dataset;
  readonly examples: TasteExamples;
  readonly examination: ExaminationOf;
  readonly trained: TrainedTaste;
}): ((until: EpochMs) => TasteModel) => {
  const { dataset, examples, examination, trained } = options;
  const { model, occasion } = trained;
  const { impressions, plays } = dataset;
  if (occasion === undefined || impressions === undefined) return () => model;
  const expect = createExpectation(model, occasion, dataset, examples);
  const clicks = clicksOf(impressions, examination, expect);
  const finishes = finishesOf(dataset, expect);
  const titles = dataset.titles.ids.length;
  return (until) => {
    const click = fitTitleLifts(firstOf(clicks, rowsBefore(impressions.time, until)), titles);
    const finish = fitTitleLifts(firstOf(finishes, rowsBefore(plays.time, until)), titles);
    const titleLifts = new Float32Array(2 * titles);
    for (let t = 0; t < titles; t++) titleLifts.set([click[t], finish[t]], 2 * t);
    return { ...model, titleLifts };
  };
};

const firstOf = ({ title, expected, examined, outcome }: TitleEvidence, n: number): TitleEvidence => ({
  title: title.subarray(0, n),
  expected: expected.subarray(0, n),
  examined: examined.subarray(0, n),
  outcome: outcome.subarray(0, n),
});

const clicksOf = (
  { title, device, row, position, clicked }: Impressions,
  examination: ExaminationOf,
  expect: Expectation,
): TitleEvidence => ({
  title,
  expected: Float32Array.from(title, (_, i) => expect(i, 0)),
  examined: Float32Array.from(title, (_, i) => examination(device[i], row[i], position[i])),
  outcome: clicked,
});

/** Plays that came from no impression say nothing: nobody knows what was expected of them. */
const finishesOf = ({ plays }: Dataset, expect: Expectation): TitleEvidence => ({
  title: plays.title,
  expected: Float32Array.from(plays.impression, (i) => (i === NO_IMPRESSION ? 0 : expect(i, 1))),
  examined: Float32Array.from(plays.impression, (i) => (i === NO_IMPRESSION ? 0 : 1)),
  outcome: Uint8Array.from(plays.watchedFraction, (fraction, row) =>
    plays.impression[row] !== NO_IMPRESSION && fraction >= FINISHED_FRACTION ? 1 : 0,
  ),
});

/** Logit of the click (head 0) or the finish (head 1) of an impression, its title being known by its genres and its artworks' themes. */
type Expectation = (impression: number, head: 0 | 1) => number;

const createExpectation = (
  model: TasteModel,
  { context, bias }: LearnedOccasion,
  dataset: Dataset,
  examples: TasteExamples,
): Expectation => {
  const { size, titleVectors } = model;
  const { title, time, device } = dataset.impressions as Impressions;
  const members = directionsOf(model, examples);
  const occasionOf = createOccasion(dataset);
  const pageOf = new Uint32Array(title.length);
  const { firstImpression } = examples;
  firstImpression.forEach((first, page) => {
    pageOf.fill(page, first, firstImpression[page + 1] ?? title.length);
  });
  return (i, head) => {
    const numbers = occasionOf(title[i], time[i], device[i]);
    const first = (head + 1) * CONTEXT_SIZE - numbers.length; // after the lifts
    const [m, v] = [pageOf[i] * size, (2 * title[i] + head) * size];
    let logit = bias[head];
    for (let c = 0; c < numbers.length; c++) logit += context[first + c] * numbers[c];
    for (let d = 0; d < size; d++) logit += members[m + d] * titleVectors[v + d];
    return logit;
  };
};

/** Pages whose members are read at a time. */
const PAGES_AT_ONCE = 1_024;

/** The member's direction and mood of each page, [pages, size]. */
const directionsOf = (model: TasteModel, { pages, members, country }: TasteExamples): Float32Array => {
  const directions = new Float32Array(pages * model.size);
  const width = model.genreMeans.length;
  for (let from = 0; from < pages; from += PAGES_AT_ONCE) {
    const to = Math.min(pages, from + PAGES_AT_ONCE);
    const some = members.subarray(from * width, to * width);
    directions.set(memberDirections(model, some, country.slice(from, to)), from * model.size);
  }
  return directions;
};
