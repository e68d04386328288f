import type { CandidateGenerator } from '../candidate-gen/contract.ts';
import { createExactIndex } from '../candidate-gen/indexes/exact.ts';
import { countPlays, createPopularity } from '../candidate-gen/popularity.ts';
import { createRandom } from '../candidate-gen/random.ts';
import { createTwoTower } from '../candidate-gen/two-tower.ts';
import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import type { StageContext } from '../domain/request.ts';
import { bootstrapMeanInterval } from '../evaluation/bootstrap.ts';
import { mean } from '../math/statistics.ts';
import { examinationLookUp, type TrainedRetrieval } from '../training/train.ts';
import { RECALL_DEFINITION, recallsByMember } from './evaluate-retrieval.ts';
import { heldOutQueries, type MemberQueries } from './held-out.ts';
import { latencyQuantile, sampleLatencyMs } from './latency.ts';
import type { Subject } from './subject.ts';

const STAGE = 'candidates';
const K = 100;
/** Where the curve of recall is measured, K last. */
const CURVE = [1, 2, 5, 10, 20, 50, K];
/** What a full-sized world must reach; in a small one 100 titles are too large a share of the catalogue. */
const FACTOR_OVER_POPULARITY = 1.5;
/** Candidates that a page asks for. */
export const PAGE_CANDIDATES = 500;

/** Queries of the held-out part: at most 2,000 members, 10 plays each. */
export const testQueries = (
  { dataset, until, rng, small }: Subject,
  { examination }: TrainedRetrieval,
): MemberQueries[] =>
  heldOutQueries({
    dataset,
    from: until,
    to: Number.POSITIVE_INFINITY,
    members: small ? 600 : 2_000,
    playsPerMember: 10,
    examination: examinationLookUp(examination),
    rng: rng.fork('held-out'),
  });

/** The two-tower source over an exact index. */
export const twoTowerOf = ({ dataset }: Subject, { twoTower }: TrainedRetrieval): CandidateGenerator =>
  createTwoTower({
    model: twoTower,
    index: createExactIndex(twoTower.itemVectors, twoTower.dimension),
    titles: dataset.titles,
    vocabulary: dataset.vocabulary,
  });

/** Recall of the two-tower source beside popularity and chance, and how long it takes. */
export const measureRetrieval = async (
  subject: Subject,
  trained: TrainedRetrieval,
  queries: readonly MemberQueries[],
): Promise<StageRow[]> => {
  const { dataset, until, rng, clock, world, small } = subject;
  const { titles, plays } = dataset;
  const counts = countPlays(plays, titles.ids.length, { before: until });
  const twoTower = twoTowerOf(subject, trained);
  const popularity = createPopularity({ titles, counts });
  const recalls = new Map<string, Float64Array[]>();
  for (const generator of [twoTower, popularity, createRandom(titles)]) {
    recalls.set(generator.name, await recallsByMember(generator, queries, CURVE, { rng, clock }));
  }
  const recall = (name: string): Measurement => {
    const byK = recalls.get(name) as Float64Array[];
    const values = byK[byK.length - 1];
    const uniform = rng.fork(`bootstrap:${name}`);
    return {
      name: `${name}.recall@${K}`,
      value: mean(values),
      unit: 'share',
      n: values.length,
      ci: bootstrapMeanInterval(values, { uniform: () => uniform.next() }),
      definition: RECALL_DEFINITION,
      protocol: `temporal split, last 10 % of the plays held out; ${queries.reduce((sum, q) => sum + q.length, 0)} plays of ${queries.length} members; titles of the history left out`,
      series: [{ kind: 'recall-at-k', line: name, x: CURVE, y: byK.map((each) => mean(each)) }],
    };
  };
  const popular = recall('popularity');
  const chance = recall('random');
  const baselines = [popular, chance].map(({ name, value }) => ({ name: name.split('.')[0], value }));
  const learned = { ...recall('two-tower'), baselines };
  const factor = world === undefined || small ? 1 : FACTOR_OVER_POPULARITY;
  const rows: Measurement[] = [
    heldTo(learned, popular.value * factor, 'at-least', learned.value > popular.value),
    popular,
    chance,
    await candidateLatency(subject, twoTower, queries),
  ];
  return rows.map((measurement) => ({ stage: STAGE, measurement }));
};

const candidateLatency = async (
  { small, rng, clock, dataset }: Subject,
  generator: CandidateGenerator,
  queries: readonly MemberQueries[],
): Promise<Measurement> => {
  const context: StageContext = { rng, clock, signal: new AbortController().signal };
  const samples = await sampleLatencyMs({ warmUp: 200, samples: small ? 500 : 2_000 }, (i) =>
    generator.generate(queries[i % queries.length][0].request, PAGE_CANDIDATES, context),
  );
  return heldTo(
    {
      ...latencyQuantile('candidate-gen.latency.p99', samples, 0.99),
      protocol: `query tower and exact search for ${PAGE_CANDIDATES} of ${dataset.titles.ids.length} titles, one after another`,
    },
    10,
  );
};
