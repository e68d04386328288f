import { fixedClock } from '../../domain/clock.ts';
import type { CandidatePool, FeatureMatrix, RecRequest } from '../../domain/request.ts';
import { createRng } from '../../domain/rng.ts';
import { RANKING_FEATURE_NAMES } from '../../features/ranking-features.ts';
import type { Ranker, Scores } from '../../ranking/contract.ts';
import {
  breach,
  expectAbort,
  expectShape,
  type GivenModels,
  type OwnModule,
  withoutThrowing,
} from './contract.ts';

/**
 * The user's ranker, once it kept the contract on some requests: a finite score for each candidate in every objective,
 * the same for the same input, pool and features left as they were, aborted when told to. It may name any of
 * `RANKING_FEATURE_NAMES`; the one returned takes all of them, and hands it those.
 * @throws MarqueeError (caller) that names the flag, the file, what came and what was expected
 */
export const openOwnRanker = async (
  module: OwnModule<GivenModels, Ranker>,
  given: GivenModels,
  requests: readonly RecRequest[],
): Promise<Ranker> => {
  const own = await withoutThrowing(module, 'its default export', () => module.make(given));
  expectShape(module, own, ['score']);
  if (!Array.isArray(own.featureNames)) throw breach(module, 'no featureNames', 'a list, which may be empty');
  for (const name of own.featureNames) {
    if (!RANKING_FEATURE_NAMES.includes(name))
      throw breach(module, `feature '${name}'`, `some of ${RANKING_FEATURE_NAMES.join(', ')}`);
  }
  const ranker = withItsColumns(own);
  const titles = given.catalogue.titles.ids.length;
  for (const request of requests) {
    for (const size of [0, 1, Math.min(50, titles)]) {
      const pool = drawnPool(size, titles);
      const features = drawnFeatures(size);
      const before = [...pool.items, ...features.values].join();
      const ask = (signal = new AbortController().signal): Promise<Scores> =>
        ranker.score(request, pool, features, { rng: createRng(1), clock: fixedClock(request.at), signal });
      const scores = await withoutThrowing(module, 'score', ask);
      expectAligned(module, scores, size);
      if ([...pool.items, ...features.values].join() !== before)
        throw breach(module, 'a pool or features changed by score', 'both left as they were');
      const again = await withoutThrowing(module, 'score', ask);
      if (again.combined.join() !== scores.combined.join())
        throw breach(module, 'other scores at the second time', 'the same for the same seed and input');
      await expectAbort(module, 'a score', ask);
    }
  }
  return ranker;
};

const withItsColumns = (own: Ranker): Ranker => ({
  name: own.name,
  featureNames: RANKING_FEATURE_NAMES,
  score: (request, pool, features, ctx) =>
    own.score(request, pool, columnsOf(features, own.featureNames), ctx),
});

const columnsOf = ({ names, rows, values }: FeatureMatrix, wanted: readonly string[]): FeatureMatrix => {
  const columns = wanted.map((name) => names.indexOf(name));
  const kept = new Float32Array(rows * wanted.length);
  for (let row = 0; row < rows; row++) {
    columns.forEach((column, i) => {
      kept[row * wanted.length + i] = values[row * names.length + column];
    });
  }
  return { names: wanted, rows, values: kept };
};

const expectAligned = (module: OwnModule<GivenModels, Ranker>, scores: Scores, size: number): void => {
  const { combined, heads } = scores ?? {};
  if (!(combined instanceof Float32Array) || typeof heads !== 'object')
    throw breach(module, 'no scores', '{ combined: Float32Array, heads: {} }');
  for (const [name, values] of Object.entries({ combined, ...heads })) {
    if (values.length !== size)
      throw breach(module, `${values.length} scores in ${name} for ${size} candidates`, 'one for each');
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw breach(module, `${values[bad]} in ${name}`, 'finite scores');
  }
};

const drawnPool = (size: number, titles: number): CandidatePool => ({
  items: Uint32Array.from({ length: size }, (_, i) => Math.floor((i * titles) / size)),
  scores: Float32Array.from({ length: size }, (_, i) => 1 - i / size),
  source: new Uint8Array(size),
  sourceNames: ['check'],
});

const drawnFeatures = (rows: number): FeatureMatrix => {
  const rng = createRng(1);
  const names = RANKING_FEATURE_NAMES;
  return { names, rows, values: Float32Array.from({ length: rows * names.length }, () => rng.next()) };
};
