import type { CandidateGenerator } from '../candidate-gen/contract.ts';
import type { Clock } from '../domain/clock.ts';
import type { StageContext } from '../domain/request.ts';
import type { Rng } from '../domain/rng.ts';
import { recallAtK } from '../evaluation/ranking-metrics.ts';
import type { MemberQueries } from './held-out.ts';

export const RECALL_DEFINITION =
  'share of held-out plays whose title is among the first K candidates asked for just before the play; mean over the plays of a member, then over members';

/** Recall@k of each member, in the order of `queries`. */
export const recallByMember = async (
  generator: CandidateGenerator,
  queries: readonly MemberQueries[],
  k: number,
  ctx: { readonly rng: Rng; readonly clock: Clock },
): Promise<Float64Array> => (await recallsByMember(generator, queries, [k], ctx))[0];

/** The same for several k, the largest of which is asked for: [ks, members]. */
export const recallsByMember = async (
  generator: CandidateGenerator,
  queries: readonly MemberQueries[],
  ks: readonly number[],
  ctx: { readonly rng: Rng; readonly clock: Clock },
): Promise<Float64Array[]> => {
  const context: StageContext = { ...ctx, signal: new AbortController().signal };
  const recalls = ks.map(() => new Float64Array(queries.length));
  const most = Math.max(...ks);
  for (let m = 0; m < queries.length; m++) {
    for (const { request, played } of queries[m]) {
      const { items } = await generator.generate(request, most, context);
      const relevant = new Set([played]);
      for (const [i, k] of ks.entries()) recalls[i][m] += recallAtK(items, relevant, k) / queries[m].length;
    }
  }
  return recalls;
};
