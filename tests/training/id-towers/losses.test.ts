import { expect, test } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import { normalSource } from '../../../src/math/random.ts';
import {
  cosineContrastive,
  type LossInputs,
  type LossOutcome,
  sampledSoftmax,
} from '../../../src/training/id-towers/losses.ts';

const DIMENSION = 5;

/** Three users; nine items, of which the first six are negatives; the second user took none. */
const drawn = (seed: number): LossInputs => {
  const rng = createRng(seed);
  const normal = normalSource(() => rng.next());
  const rows = (n: number): Float32Array =>
    Float32Array.from({ length: n * DIMENSION }, () => 0.4 * normal());
  return {
    dimension: DIMENSION,
    queries: rows(3),
    items: rows(9),
    negatives: 6,
    hardest: 6,
    logQ: Float32Array.from({ length: 6 }, () => -rng.next()),
    starts: Uint32Array.of(0, 3, 3, 5),
    positives: Uint32Array.of(1, 7, 0, 8, 0),
    weights: Float32Array.of(1, 0.5, 2, 1, 0.7),
  };
};

const score = ({ queries, items }: LossInputs, b: number, j: number): number => {
  let sum = 0;
  for (let f = 0; f < DIMENSION; f++) sum += queries[b * DIMENSION + f] * items[j * DIMENSION + f];
  return sum;
};

/** Calls `each` with every pair, and the negatives of its user. */
const forPairs = (
  inputs: LossInputs,
  each: (pair: { b: number; item: number; weight: number; others: number[] }) => void,
): void => {
  const { starts, positives, weights, negatives, hardest } = inputs;
  for (let b = 0; b + 1 < starts.length; b++) {
    const own = positives.subarray(starts[b], starts[b + 1]);
    const others = Array.from({ length: negatives }, (_, j) => j)
      .filter((j) => !own.includes(j))
      .sort((i, j) => score(inputs, b, j) - score(inputs, b, i))
      .slice(0, hardest);
    for (const [i, item] of own.entries()) each({ b, item, weight: weights[starts[b] + i], others });
  }
};

const softmaxTwin = (inputs: LossInputs, temperature: number): number => {
  let loss = 0;
  forPairs(inputs, ({ b, item, weight, others }) => {
    const z = score(inputs, b, item) / temperature;
    const rest = others.map((j) => Math.exp(score(inputs, b, j) / temperature - inputs.logQ[j]));
    loss += weight * (Math.log(rest.reduce((sum, e) => sum + e, Math.exp(z))) - z);
  });
  return loss;
};

const contrastiveTwin = (inputs: LossInputs, margin: number, negativeWeight: number): number => {
  let loss = 0;
  forPairs(inputs, ({ b, item, weight, others }) => {
    const over = others.reduce((sum, j) => sum + Math.max(0, score(inputs, b, j) - margin), 0);
    loss += weight * (1 - score(inputs, b, item) + (negativeWeight * over) / inputs.negatives);
  });
  return loss;
};

const LOSSES: readonly {
  readonly name: string;
  readonly loss: (inputs: LossInputs) => LossOutcome;
  readonly twin: (inputs: LossInputs) => number;
}[] = [
  {
    name: 'sampled softmax',
    loss: (inputs) => sampledSoftmax(inputs, 0.3),
    twin: (inputs) => softmaxTwin(inputs, 0.3),
  },
  {
    name: 'cosine contrastive',
    loss: (inputs) => cosineContrastive(inputs, { margin: 0.05, negativeWeight: 3 }),
    twin: (inputs) => contrastiveTwin(inputs, 0.05, 3),
  },
];

test.each(LOSSES)('$name is what its formula says, pair by pair', ({ loss, twin }) => {
  for (const seed of [1, 2, 3]) {
    for (const hardest of [6, 2]) {
      const inputs = { ...drawn(seed), hardest };
      expect(loss(inputs).loss).toBeCloseTo(twin(inputs), 3);
    }
  }
});

const HARDEST = [6, 3]; // of the six negatives
test.each(LOSSES.flatMap((one) => HARDEST.map((hardest) => ({ ...one, hardest }))))(
  "$name's gradients are its finite differences, with the $hardest hardest",
  ({ loss, twin, hardest }) => {
    const inputs = { ...drawn(4), hardest };
    const { queryGradient, itemGradient } = loss(inputs);
    const step = 1e-3;
    for (const [values, gradient] of [
      [inputs.queries, queryGradient],
      [inputs.items, itemGradient],
    ] as const) {
      for (let i = 0; i < values.length; i++) {
        const was = values[i];
        values[i] = was + step;
        const above = twin(inputs);
        values[i] = was - step;
        const below = twin(inputs);
        values[i] = was;
        // the twin is smooth but at the margin, and sums of float32 carry about 1e-6
        expect(gradient[i]).toBeCloseTo((above - below) / (2 * step), 2);
      }
    }
  },
);

test('a user who took every negative learns from what is left: nothing', () => {
  const inputs = {
    ...drawn(5),
    negatives: 2,
    hardest: 2,
    logQ: Float32Array.of(0, 0),
    starts: Uint32Array.of(0, 2, 2, 2),
  };
  const all = { ...inputs, positives: Uint32Array.of(0, 1), weights: Float32Array.of(1, 1) };
  expect(sampledSoftmax(all, 0.3).loss).toBeCloseTo(0, 4);
});
