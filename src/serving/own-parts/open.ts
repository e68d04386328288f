import { byTakeRate } from '../../candidate-gen/take-rate.ts';
import type { RecRequest } from '../../domain/request.ts';
import type { Ranker } from '../../ranking/contract.ts';
import type { Source } from '../pipelines/parts.ts';
import type { PublishedSources } from '../published-sources.ts';
import type { GivenModels, OwnModules } from './contract.ts';
import { openOwnRanker } from './own-ranker.ts';
import { openOwnSource } from './own-source.ts';

export interface OwnParts {
  readonly sources: readonly Source[];
  readonly ranker?: Ranker;
}

/**
 * The user's parts, ready to be served once they kept their contracts on these requests. What their source's places
 * are worth is not known: they are taken to be worth what the two towers' are, so the two take turns.
 * @throws MarqueeError (caller) that names the flag, the file, what came and what was expected
 */
export const openOwnParts = async (
  { candidateGenerator, ranker }: OwnModules,
  given: GivenModels & { readonly sources: PublishedSources },
  requestsOf: () => Promise<readonly RecRequest[]>,
): Promise<OwnParts> => {
  if (candidateGenerator === undefined && ranker === undefined) return { sources: [] };
  const requests = await requestsOf();
  const source = candidateGenerator && (await openOwnSource(candidateGenerator, given, requests));
  const rate = given.sources.takeRates.get('two-tower') ?? { rate: 1, power: 1 };
  return {
    sources: source === undefined ? [] : [{ generator: source, calibrate: byTakeRate(rate) }],
    ...(ranker === undefined ? {} : { ranker: await openOwnRanker(ranker, given, requests) }),
  };
};
