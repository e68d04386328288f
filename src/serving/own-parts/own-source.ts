import type { CandidateGenerator } from '../../candidate-gen/contract.ts';
import { eligibility } from '../../candidate-gen/eligible.ts';
import { fixedClock } from '../../domain/clock.ts';
import type { CandidateList, RecRequest } from '../../domain/request.ts';
import { createRng } from '../../domain/rng.ts';
import {
  breach,
  expectAbort,
  expectShape,
  type GivenModels,
  type OwnModule,
  withoutThrowing,
} from './contract.ts';

const LIMITS = [0, 1, 20, 500];

/**
 * The user's source, once it kept the contract on some requests: distinct titles of the catalogue that may be
 * proposed, best first, at most as many as asked for, the same for the same seed, and aborted when told to.
 * @throws MarqueeError (caller) that names the flag, the file, what came and what was expected
 */
export const openOwnSource = async (
  module: OwnModule<GivenModels, CandidateGenerator>,
  given: GivenModels,
  requests: readonly RecRequest[],
): Promise<CandidateGenerator> => {
  const source = await withoutThrowing(module, 'its default export', () => module.make(given));
  expectShape(module, source, ['generate']);
  for (const request of requests) {
    const ask = (limit: number, signal = new AbortController().signal): Promise<CandidateList> =>
      source.generate(request, limit, { rng: createRng(1), clock: fixedClock(request.at), signal });
    for (const limit of LIMITS) {
      const list = await withoutThrowing(module, 'generate', () => ask(limit));
      expectList(module, list, { limit, request, given });
    }
    const [first, second] = [await ask(20), await ask(20)];
    if (first.items.join() !== second.items.join())
      throw breach(
        module,
        'another list at the second time',
        'the same for the same seed: draw from ctx.rng',
      );
    await expectAbort(module, 'a generate', (signal) => ask(20, signal));
  }
  return source;
};

interface Asked {
  readonly limit: number;
  readonly request: RecRequest;
  readonly given: GivenModels;
}

const expectList = (
  module: OwnModule<GivenModels, CandidateGenerator>,
  list: CandidateList,
  { limit, request, given }: Asked,
): void => {
  const refuse = (got: string, expected: string) =>
    breach(module, `${got} for '${request.memberId}', asked for ${limit}`, expected);
  const { items, scores } = list ?? {};
  if (!(items instanceof Uint32Array) || !(scores instanceof Float32Array))
    throw refuse('no list', '{ items: Uint32Array, scores: Float32Array }');
  if (items.length !== scores.length)
    throw refuse(`${items.length} titles and ${scores.length} scores`, 'a score for each title');
  if (items.length > limit) throw refuse(`${items.length} titles`, `at most ${limit}`);
  const { titles } = given.catalogue;
  const eligible = eligibility(request, titles);
  const seen = new Set<number>();
  items.forEach((title, i) => {
    if (title >= titles.ids.length) throw refuse(`title ${title}`, `rows below ${titles.ids.length}`);
    if (seen.has(title)) throw refuse(`title ${title} twice`, 'distinct titles');
    seen.add(title);
    if (!eligible(title))
      throw refuse(`title ${title}, not released yet or watched before`, 'what takeEligible leaves');
    if (Number.isNaN(scores[i]) || (i > 0 && scores[i] > scores[i - 1]))
      throw refuse(`score ${scores[i]} after ${scores[i - 1]}`, 'numbers that never rise');
  });
};
