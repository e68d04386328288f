import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import { bootstrapMeanInterval, pairedBootstrapInterval } from '../evaluation/bootstrap.ts';
import { mean } from '../math/statistics.ts';
import { createMultiTaskRanker } from '../ranking/multi-task.ts';
import type { ObjectiveWeights } from '../ranking/objectives.ts';
import type { TrainedRanking, TrainedRetrieval } from '../training/train.ts';
import type { MemberQueries } from './held-out.ts';
import { type PageOutcomes, simulatePages } from './pareto.ts';
import { twoTowerOf } from './retrieval-stage.ts';
import type { Subject } from './subject.ts';

const STAGE = 'objectives';

/** Share of its clicks that a setting may cost on the validation members and still count as equal. */
const TOLERANCE = 0.005;

const NOTHING: ObjectiveWeights = { click: 0, finish: 0, satisfaction: 0, freshness: 0, diversity: 0 };
const CLICKS: ObjectiveWeights = { ...NOTHING, click: 1 };

/** The sweep: from clicks alone to finishes alone, and each other objective beside the click. */
const SETTINGS: Readonly<Record<string, ObjectiveWeights>> = {
  'click-only': CLICKS,
  'finish-0.25': { ...CLICKS, finish: 0.25 },
  'finish-0.5': { ...CLICKS, finish: 0.5 },
  'finish-1': { ...CLICKS, finish: 1 },
  'finish-2': { ...CLICKS, finish: 2 },
  'finish-5': { ...CLICKS, finish: 5 },
  'finish-only': { ...NOTHING, finish: 1 },
  'satisfaction-only': { ...NOTHING, satisfaction: 1 },
  'freshness-1': { ...CLICKS, freshness: 1 },
  'diversity-1': { ...CLICKS, diversity: 1 },
};
const NAMES = Object.keys(SETTINGS);

const PROTOCOL =
  'pages of the best of 500 two-tower candidates for held-out requests, in the order of the weighted objectives; expected by the world, no reply drawn';

/** What clicks alone cost in satisfaction: pages under each setting of the weights, and what the world expects of them. */
export const measureObjectives = async (
  subject: Subject,
  retrieval: TrainedRetrieval,
  { ranker, known }: Pick<TrainedRanking, 'ranker' | 'known'>,
  queries: readonly MemberQueries[],
): Promise<StageRow[]> => {
  const { world, dataset, rng, clock } = subject;
  if (world === undefined)
    return [{ stage: STAGE, absent: 'satisfaction is known in a simulated world alone' }];
  const { titles, vocabulary } = dataset;
  const outcomes = await simulatePages({
    world,
    ranker: createMultiTaskRanker(ranker),
    generator: twoTowerOf(subject, retrieval),
    sources: {
      twoTower: retrieval.twoTower,
      taste: retrieval.taste,
      counts: known.counts,
      titles,
      vocabulary,
    },
    queries,
    settings: Object.values(SETTINGS),
    context: { rng, clock, signal: new AbortController().signal },
  });
  const stream = rng.fork('objectives');
  const uniform = (): number => stream.next();
  // The queries' members stand in random order, so any half of them is a sample.
  const half = queries.length >>> 1;
  const validation = outcomes.map((outcome) => part(outcome, 0, half));
  const test = outcomes.map((outcome) => part(outcome, half, queries.length));
  const chosen = chooseSetting(validation);
  const frontier = test.flatMap((outcome, s): Measurement[] => [
    {
      name: `pareto.${NAMES[s]}.clicks-per-page`,
      value: mean(outcome.clicks),
      unit: 'clicks',
      n: outcome.clicks.length,
      ci: bootstrapMeanInterval(outcome.clicks, { uniform }),
      definition: 'expected clicks on a page; mean over members',
      protocol: PROTOCOL,
    },
    {
      name: `pareto.${NAMES[s]}.satisfied-per-page`,
      value: mean(outcome.satisfied),
      unit: 'plays',
      n: outcome.satisfied.length,
      ci: bootstrapMeanInterval(outcome.satisfied, { uniform }),
      definition: 'expected plays on a page that leave the member satisfied; mean over members',
      protocol: PROTOCOL,
    },
  ]);
  const gain = (
    name: string,
    of: (outcome: PageOutcomes) => Float64Array,
    definition: string,
  ): Measurement => ({
    name,
    value: mean(of(test[chosen])) - mean(of(test[0])),
    unit: 'a page',
    n: test[0].clicks.length,
    ci: pairedBootstrapInterval(of(test[chosen]), of(test[0]), { uniform }),
    definition,
    protocol: `${PROTOCOL}; ${NAMES[chosen]} chosen on ${half} other members: the most satisfaction among the settings that keep ${100 * (1 - TOLERANCE)} % of the clicks of click-only there`,
  });
  const lost = mean(test[chosen].clicks) < mean(test[0].clicks);
  const satisfaction = gain(
    'multi-objective.satisfaction-gain',
    ({ satisfied, clicks }) => (lost ? satisfied.map((x, i) => x + clicks[i]) : satisfied),
    'satisfied plays a page under the chosen weights less those under clicks alone, paired by member; at equal clicks: each click that the chosen weights cost is charged as a satisfied play lost, and clicks won count nothing',
  );
  const clicks = gain(
    'multi-objective.click-change',
    (outcome) => outcome.clicks,
    'clicks a page under the chosen weights less those under clicks alone, paired by member',
  );
  const clear = (satisfaction.ci?.[0] ?? Number.NaN) > 0;
  return [heldTo(satisfaction, 0, 'at-least', clear), clicks, ...frontier].map((measurement) => ({
    stage: STAGE,
    measurement,
  }));
};

const part = ({ clicks, finishes, satisfied }: PageOutcomes, from: number, to: number): PageOutcomes => ({
  clicks: clicks.subarray(from, to),
  finishes: finishes.subarray(from, to),
  satisfied: satisfied.subarray(from, to),
});

/** The setting of most satisfaction among those that keep the clicks of the first, click-only. */
const chooseSetting = (outcomes: readonly PageOutcomes[]): number => {
  const enough = (1 - TOLERANCE) * mean(outcomes[0].clicks);
  let best = 0;
  outcomes.forEach(({ clicks, satisfied }, s) => {
    if (mean(clicks) >= enough && mean(satisfied) > mean(outcomes[best].satisfied)) best = s;
  });
  return best;
};
