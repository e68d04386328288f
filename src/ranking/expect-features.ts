import type { CandidatePool, FeatureMatrix } from '../domain/request.ts';

/**
 * Nothing, if the matrix has one row for each candidate and exactly the named columns in that order.
 * Every ranker calls it first: a column that has moved would change each score and show in no error.
 * @throws RangeError that names the ranker, the column and what came instead
 */
export function expectFeatures(
  ranker: { readonly name: string; readonly featureNames: readonly string[] },
  pool: CandidatePool,
  features: FeatureMatrix,
): void {
  const { name, featureNames } = ranker;
  const { names, rows, values } = features;
  if (rows !== pool.items.length) {
    throw new RangeError(`${name}: expected features of ${pool.items.length} candidates, got ${rows} rows`);
  }
  if (names.length !== featureNames.length) {
    throw new RangeError(`${name}: expected ${featureNames.length} features, got ${names.length}`);
  }
  for (let i = 0; i < names.length; i++) {
    if (names[i] === featureNames[i]) continue;
    throw new RangeError(`${name}: expected feature ${i} to be '${featureNames[i]}', got '${names[i]}'`);
  }
  if (values.length !== rows * names.length) {
    throw new RangeError(`${name}: expected ${rows * names.length} feature values, got ${values.length}`);
  }
}
