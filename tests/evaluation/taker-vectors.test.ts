import { expect, it } from 'vitest';
import { interactionsOf } from '../../src/domain/interactions.ts';
import { createRng } from '../../src/domain/rng.ts';
import { intraListDiversity } from '../../src/evaluation/list-metrics.ts';
import { TAKER_VECTOR_SIZE, takerVectors } from '../../src/evaluation/taker-vectors.ts';

it('gives lists the diversity that the items sets of users have', () => {
  // Users 0 to 59 took items 0 and 1, users 60 to 119 items 1 and 2, users 120 to 179 item 3; nobody item 4.
  const train = interactionsOf(
    Array.from({ length: 180 }, (_, user) => (user < 60 ? [0, 1] : user < 120 ? [1, 2] : [3])),
    5,
  );
  const cosines = new Map([
    ['0,1', 60 / Math.sqrt(60 * 120)],
    ['0,2', 0],
    ['1,3', 0],
    ['0,0', 1],
    ['0,4', 0],
  ]);
  const runs = 100;
  const sums = new Map<string, number>();
  for (let run = 0; run < runs; run++) {
    const rng = createRng(run);
    const vectors = takerVectors(train, () => rng.next());
    for (const pair of cosines.keys()) {
      const diversity = intraListDiversity(pair.split(',').map(Number), vectors, TAKER_VECTOR_SIZE);
      sums.set(pair, (sums.get(pair) ?? 0) + diversity / runs);
    }
  }
  // Of one run the standard error is at most 1 / sqrt(128) = 0.088, of the mean of 100 runs 0.0088: 4 of them.
  for (const [pair, cosine] of cosines)
    expect(Math.abs((sums.get(pair) as number) - (1 - cosine))).toBeLessThan(0.036);
});
