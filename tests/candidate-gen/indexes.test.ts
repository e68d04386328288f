import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBruteForceIndex } from '../../src/candidate-gen/indexes/brute-force.ts';
import { createExactIndex } from '../../src/candidate-gen/indexes/exact.ts';
import { createRng } from '../../src/domain/rng.ts';
import { sharedKernels } from '../../src/math/kernels/kernels.ts';
import { describeVectorIndex } from '../contracts/describe-vector-index.ts';

describeVectorIndex('exact', createExactIndex);
describeVectorIndex('brute-force', createBruteForceIndex);

describe('the exact index beside brute force', () => {
  it('gives the very same rows where float32 holds every sum exactly', () => {
    // Components are whole numbers of at most 3 bits, so that sums are exact and ties are many.
    const shape = fc.record({
      size: fc.nat(200),
      dimension: fc.integer({ min: 1, max: 70 }),
      k: fc.nat(220),
      seed: fc.nat(1e6),
    });
    const property = fc.property(shape, ({ size, dimension, k, seed }) => {
      const rng = createRng(seed);
      const whole = (length: number) => Float32Array.from({ length }, () => Math.floor(7 * rng.next()) - 3);
      const vectors = whole(size * dimension);
      const query = whole(dimension);
      const exact = createExactIndex(vectors, dimension).search(query, k);
      expect(exact).toEqual(createBruteForceIndex(vectors, dimension).search(query, k));
    });
    fc.assert(property, { seed: 3, numRuns: 150 });
  });

  it('keeps its own copy of the vectors', () => {
    const vectors = Float32Array.of(1, 0, 0, 1);
    const index = createExactIndex(vectors, 2);
    vectors.fill(9);
    expect([...index.search(Float32Array.of(1, 0), 1).scores]).toEqual([1]);
  });

  it.each([createExactIndex, createBruteForceIndex])(
    '%o refuses vectors that are not whole rows',
    (create) => {
      expect(() => create(new Float32Array(7), 2)).toThrow(RangeError);
      expect(() => create(new Float32Array(0), 0)).toThrow(RangeError);
      expect(() => create(new Float32Array(4), 1.5)).toThrow(RangeError);
    },
  );

  it('gives its kernel memory back once nobody holds it', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { arena } = sharedKernels();
    const inUse = async (): Promise<number> => {
      for (let i = 0; i < 5; i++) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return arena.bytesInUse;
    };
    const before = await inUse();
    const make = (): number => createExactIndex(new Float32Array(100_000), 10).size;
    make();
    expect(arena.bytesInUse).toBeGreaterThan(before);
    expect(await inUse()).toBe(before);
  });
});
