import { mergeCandidates, type SourceList } from '../../candidate-gen/merge.ts';
import { dependencyError } from '../../domain/errors.ts';
import type { CandidateList, CandidatePool, RecRequest } from '../../domain/request.ts';
import type { RequestScope, Stage } from '../stage.ts';
import type { Source } from './parts.ts';

export interface ProposalConfig {
  /** The stage that the sources are parts of. */
  readonly stage: string;
  /** Of each source; less than the stage's own, so that one late source leaves the time to merge the others. */
  readonly budgetMs: number;
}

export interface ProposalAsk {
  readonly request: RecRequest;
  readonly poolSize: number;
}

/**
 * Asks all sources at once and merges the lists of those that answered.
 * @throws MarqueeError (dependency) when none of them proposed a title
 */
export const proposeFromAll = (
  sources: readonly Source[],
  { stage, budgetMs }: ProposalConfig,
): ((ask: ProposalAsk, scope: RequestScope) => Promise<CandidatePool>) => {
  const parts = sources.map(({ generator, ...blend }) => {
    const part: Stage<ProposalAsk, CandidateList> = {
      name: `${stage}.${generator.name}`,
      budgetMs,
      failOpen: true,
      run: ({ request, poolSize }, scope) => generator.generate(request, poolSize, scope),
      fallback: () => ({ items: new Uint32Array(0), scores: new Float32Array(0) }),
    };
    return { part, source: generator.name, blend };
  });
  return async (ask, scope) => {
    const lists = await Promise.all(
      parts.map(async ({ part, source, blend }): Promise<SourceList> => {
        const { value: list } = await scope.run(part, ask);
        return { source, list, ...blend };
      }),
    );
    const pool = mergeCandidates(lists, ask.poolSize);
    if (pool.items.length > 0) return pool;
    throw dependencyError('candidates-none', `${stage}: no candidate from ${parts.length} sources`);
  };
};

/** The candidates of one source as a pool. */
export const poolOf = (source: string, { items, scores }: CandidateList): CandidatePool => ({
  items,
  scores,
  source: new Uint8Array(items.length),
  sourceNames: [source],
});
