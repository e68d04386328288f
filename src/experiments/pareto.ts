import type { CandidateGenerator } from '../candidate-gen/contract.ts';
import { mergeCandidates } from '../candidate-gen/merge.ts';
import type { RecRequest, StageContext } from '../domain/request.ts';
import { sigmoid } from '../math/statistics.ts';
import { topK } from '../math/top-k.ts';
import type { Ranker } from '../ranking/contract.ts';
import { combineObjectives, type ObjectiveHeads, type ObjectiveWeights } from '../ranking/objectives.ts';
import { assembleFeatures, type FeatureSources } from '../serving/assemble-features.ts';
import {
  artworkClickLogit,
  examinationProbability,
  finishProbability,
  satisfactionProbability,
  titleClickLogit,
  watchedFraction,
} from '../simulator/response.ts';
import type { World } from '../simulator/world.ts';
import { RANKED_CANDIDATES } from './evaluate-ranking.ts';
import type { MemberQueries } from './held-out.ts';

/** What the world expects of one page for each member, the pages being ordered by one setting of the weights. */
export interface PageOutcomes {
  readonly clicks: Float64Array; // [members]
  readonly finishes: Float64Array;
  readonly satisfied: Float64Array;
}

const POINTS = 32; // of the midpoint rule, in each half of the watched fractions

/** P(satisfied) of a play that was finished and of one that was not, by title, worked out once for each. */
const satisfactionOf = ({ truth }: World): ((title: number) => readonly [finished: number, left: number]) => {
  const known = new Map<number, readonly [number, number]>();
  // With P(finish) = 1/2, the lower half of the uniform numbers gives finished plays and the upper half the others.
  const meanOver = (title: number, from: number): number => {
    let sum = 0;
    for (let i = 0; i < POINTS; i++) {
      const fraction = watchedFraction(0.5, from + (0.5 * (i + 0.5)) / POINTS);
      sum += satisfactionProbability(truth, title, fraction) / POINTS;
    }
    return sum;
  };
  return (title) => {
    let pair = known.get(title);
    if (pair === undefined) known.set(title, (pair = [meanOver(title, 0), meanOver(title, 0.5)]));
    return pair;
  };
};

/** What looking at a title comes to, an artwork being drawn as the logs draw it. */
const outcomeOf = (
  { truth, catalogue }: World,
  { member, device, at }: RecRequest,
  title: number,
  [ifFinished, ifLeft]: readonly [number, number],
): readonly [clicks: number, finishes: number, satisfied: number] => {
  const { titleOffsets } = catalogue.artworks;
  const base = titleClickLogit(truth, member, title, device, at);
  const count = titleOffsets[title + 1] - titleOffsets[title];
  let [clicks, finishes, satisfied] = [0, 0, 0];
  for (let a = titleOffsets[title]; a < titleOffsets[title + 1]; a++) {
    const click = sigmoid(base + artworkClickLogit(truth, member, a)) / count;
    const finish = finishProbability(truth, member, title, a);
    clicks += click;
    finishes += click * finish;
    satisfied += click * (finish * ifFinished + (1 - finish) * ifLeft);
  }
  return [clicks, finishes, satisfied];
};

/**
 * A page for each member's first query under each setting of the weights, and what the world expects of it: the best
 * titles in the places that are looked at most, each outcome weighted by the true P(examined). No replies are drawn,
 * so settings differ by their pages alone.
 */
export const simulatePages = async (options: {
  readonly world: World;
  readonly ranker: Ranker;
  readonly generator: CandidateGenerator;
  readonly sources: FeatureSources;
  readonly queries: readonly MemberQueries[];
  readonly settings: readonly ObjectiveWeights[];
  readonly context: StageContext;
}): Promise<PageOutcomes[]> => {
  const { world, ranker, generator, sources, queries, settings, context } = options;
  const { pageRows, pageColumns } = world.config;
  const outcomes = settings.map(() => ({
    clicks: new Float64Array(queries.length),
    finishes: new Float64Array(queries.length),
    satisfied: new Float64Array(queries.length),
  }));
  const satisfaction = satisfactionOf(world);
  for (let q = 0; q < queries.length; q++) {
    const [{ request }] = queries[q];
    const places = Float64Array.from({ length: pageRows * pageColumns }, (_, place) =>
      examinationProbability(request.device, Math.floor(place / pageColumns), place % pageColumns),
    )
      .sort()
      .reverse();
    const list = await generator.generate(request, RANKED_CANDIDATES, context);
    const pool = mergeCandidates([{ source: generator.name, list }], RANKED_CANDIDATES);
    const { heads } = await ranker.score(request, pool, assembleFeatures(sources, request, pool), context);
    const replies = new Map<number, readonly [number, number, number]>();
    settings.forEach((weights, s) => {
      const combined = combineObjectives(heads as ObjectiveHeads, weights);
      topK(combined, places.length).forEach((i, place) => {
        const title = pool.items[i];
        let reply = replies.get(title);
        if (reply === undefined)
          replies.set(title, (reply = outcomeOf(world, request, title, satisfaction(title))));
        outcomes[s].clicks[q] += places[place] * reply[0];
        outcomes[s].finishes[q] += places[place] * reply[1];
        outcomes[s].satisfied[q] += places[place] * reply[2];
      });
    });
  }
  return outcomes;
};
