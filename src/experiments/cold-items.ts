/** How well titles that hardly anybody has played are found, by towers that know their content and by towers that do not. */
import { eligibility } from '../candidate-gen/eligible.ts';
import { countPlays } from '../candidate-gen/popularity.ts';
import { queryVector, type TwoTowerModel } from '../candidate-gen/two-tower-model.ts';
import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import type { Progress } from '../domain/progress.ts';
import { bootstrapMeanInterval } from '../evaluation/bootstrap.ts';
import { ratioOfMeansInterval } from '../evaluation/ratio-interval.ts';
import { denseForward } from '../math/dense.ts';
import { mean } from '../math/statistics.ts';
import { examinationLookUp, type TrainedRetrieval, trainTwoTowerAlone } from '../training/train.ts';
import { heldOutQueries } from './held-out.ts';
import type { Subject } from './subject.ts';

const STAGE = 'cold-start';
const K = 100;
/** Least and most plays of a title before the held-out part. */
const BANDS = [
  [0, 0],
  [1, 2],
  [3, 5],
  [6, 10],
] as const;
const MOST_PLAYS = 10;
/** By what factor the content tower must find more of the new titles. */
const LEAST_RATIO = 3;

const PROTOCOL = `held-out plays of titles with at most ${MOST_PLAYS} plays before the held-out part; the model without content is trained alike, on ids alone, each counting in full: it knows neither what a title is nor how often it was shown`;
const DEFINITION = `share of held-out plays whose title is among the first ${K} of all titles released by then and not in the history; mean over a member's plays, then over members`;
const AMONG_COLD = `share of held-out plays whose title is among the first ${K} of the titles with at most ${MOST_PLAYS} plays, released by then and not in the history; mean over a member's plays, then over members`;

/** What one held-out play found of its title. */
interface Found {
  readonly member: number;
  /** Plays of the title before the held-out part. */
  readonly plays: number;
  /** P(title in the first 100 of all titles), equal scores in random order. */
  readonly all: number;
  /** The same among the cold titles. */
  readonly cold: number;
}

/**
 * Recall of cold titles with the content tower and without it, and their ratio. A model without content is
 * trained for it, as the retrieval's own was.
 */
export const measureColdItems = async (
  subject: Subject,
  retrieval: TrainedRetrieval,
  progress: Progress,
): Promise<StageRow[]> => {
  const alone = await trainTwoTowerAlone({
    ...subject,
    progress,
    twoTower: { content: false, idHalfPlays: 0 },
  });
  return compareOnColdItems(subject, retrieval, alone.model);
};

/** The same, with a model without content that is there already. */
export const compareOnColdItems = (
  subject: Subject,
  { twoTower, examination }: TrainedRetrieval,
  idsAlone: TwoTowerModel,
): StageRow[] => {
  const { dataset, until, rng } = subject;
  const { plays, titles } = dataset;
  const counts = countPlays(plays, titles.ids.length, { before: until });
  const queries = heldOutQueries({
    dataset,
    from: until,
    to: Number.POSITIVE_INFINITY,
    members: Number.POSITIVE_INFINITY,
    playsPerMember: 10,
    examination: examinationLookUp(examination),
    only: (row) => counts[plays.title[row]] <= MOST_PLAYS,
    rng: rng.fork('cold-items'),
  }).flat();
  if (queries.length === 0)
    return [{ stage: STAGE, absent: `no held-out play of a title with at most ${MOST_PLAYS} plays before` }];

  const coldTitles = counts.reduce((sum, count) => (count <= MOST_PLAYS ? sum + 1 : sum), 0);
  const find = (model: TwoTowerModel): Found[] =>
    queries.map(({ request, played }) => {
      const scores = scoresOf(model, queryVector(model, request, dataset.vocabulary));
      const eligible = eligibility(request, titles);
      const chance = (most: number): number =>
        chanceOfTop(scores, played, K, (title) => counts[title] <= most && eligible(title));
      return {
        member: request.member,
        plays: counts[played],
        all: chance(Number.POSITIVE_INFINITY),
        cold: chance(MOST_PLAYS),
      };
    });
  const found = { content: find(twoTower), ids: find(idsAlone) };
  const uniformOf = (label: string) => {
    const draws = rng.fork(`cold-items:${label}`);
    return { uniform: () => draws.next() };
  };
  const recall = (name: string, pool: 'all' | 'cold', inBand: (found: Found) => boolean): Measurement => {
    const known = found.content.filter(inBand);
    const values = byMember(known, pool);
    return {
      name,
      value: mean(values),
      unit: 'share',
      n: known.length,
      ci: bootstrapMeanInterval(values, uniformOf(name)),
      baselines: [
        { name: 'ids-alone', value: mean(byMember(found.ids.filter(inBand), pool)) },
        { name: 'random', value: Math.min(1, K / (pool === 'all' ? titles.ids.length : coldTitles)) },
      ],
      definition: pool === 'all' ? DEFINITION : AMONG_COLD,
      protocol: `${PROTOCOL}; ${values.length} members`,
    };
  };
  const ratio = (name: string, inBand: (found: Found) => boolean): Measurement => {
    const above = byMember(found.content.filter(inBand), 'cold');
    const below = byMember(found.ids.filter(inBand), 'cold').map((r, _, all) => r + 1 / all.length);
    return {
      name,
      value: mean(above) / mean(below),
      unit: 'ratio',
      n: queries.filter((_, i) => inBand(found.content[i])).length,
      ci: ratioOfMeansInterval(above, below, uniformOf(name)),
      definition: `with the content tower (what a title is, how old, and how often it was shown and played) divided by without, to which one play is added as found, so that a model that finds none has a ratio; each: ${AMONG_COLD}`,
      protocol: `${PROTOCOL}; ${above.length} members`,
    };
  };
  const any = (): boolean => true;
  const whole = ratio('cold-item.recall-ratio', any);
  const rows: Measurement[] = [
    subject.small ? whole : heldTo(whole, LEAST_RATIO, 'at-least'),
    recall(`cold-item.recall@${K}`, 'cold', any),
    recall(`cold-item.among-all.recall@${K}`, 'all', any),
  ];
  for (const [least, most] of BANDS) {
    const inBand = ({ plays: n }: Found): boolean => n >= least && n <= most;
    if (!found.content.some(inBand)) continue;
    const name = `cold-item.${least === most ? least : `${least}-${most}`}-plays`;
    rows.push(ratio(`${name}.recall-ratio`, inBand), recall(`${name}.recall@${K}`, 'cold', inBand));
  }
  return rows.map((measurement) => ({ stage: STAGE, measurement }));
};

/** The score of each title, [titles]. */
const scoresOf = ({ itemVectors, dimension }: TwoTowerModel, query: Float32Array): Float32Array => {
  const outputSize = 1;
  const layer = { inputSize: dimension, outputSize, weights: query, bias: new Float32Array(1) };
  return denseForward([{ ...layer, activation: 'linear' }], itemVectors, itemVectors.length / dimension);
};

/**
 * P(the title is among the k best of its pool), where titles of equal score come in random order: a model that
 * cannot tell new titles apart must not be lucky in their row numbers.
 */
export const chanceOfTop = (
  scores: Float32Array,
  title: number,
  k: number,
  inPool: (title: number) => boolean,
): number => {
  let above = 0;
  let equal = 0; // the title itself among them
  for (let other = 0; other < scores.length; other++) {
    if (scores[other] < scores[title] || !inPool(other)) continue;
    if (scores[other] > scores[title]) above++;
    else equal++;
  }
  return Math.min(1, Math.max(0, (k - above) / equal));
};

/** Mean of each member's plays, in order of the members. */
const byMember = (found: readonly Found[], pool: 'all' | 'cold'): Float64Array => {
  const sums = new Map<number, [sum: number, plays: number]>();
  for (const each of found) {
    const [sum, plays] = sums.get(each.member) ?? [0, 0];
    sums.set(each.member, [sum + each[pool], plays + 1]);
  }
  return Float64Array.from(sums.values(), ([sum, plays]) => sum / plays);
};
