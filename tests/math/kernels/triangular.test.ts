import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import { createKernels } from '../../../src/math/kernels/kernels.ts';
import { referenceSolveLower } from '../../../src/math/kernels/reference-triangular.ts';
import { lanesOf } from '../../../src/math/kernels/triangular.ts';
import { packedLength } from '../../../src/math/linear-algebra.ts';
import { normalSource } from '../../../src/math/random.ts';

/** A drawn triangle, right-hand sides and results, all in kernel memory. */
const drawnCase = (d: number, n: number, seed: number, variant: 'plain' | 'fma') => {
  const kernels = createKernels({ variant });
  const rng = createRng(seed);
  const normal = normalSource(() => rng.next());
  const doubles = (length: number, fill: (i: number) => number) => {
    const block = kernels.allocBytes(8 * length);
    for (let i = 0; i < length; i++) block.f64[i] = fill(i);
    return block;
  };
  const diagonal = new Set(Array.from({ length: d }, (_, i) => packedLength(i) + i));
  const factor = doubles(packedLength(d), (i) => (diagonal.has(i) ? 1 + rng.next() : 0.3 * normal()));
  const z = doubles(d, normal);
  const pull = doubles(d, normal);
  const x = kernels.from(Float32Array.from({ length: n * d }, normal));
  const lanes = lanesOf(n);
  const rows = doubles(d * lanes, () => Number.NaN);
  const means = doubles(lanes, () => Number.NaN);
  const squares = doubles(lanes, () => Number.NaN);
  return { kernels, call: { factor, z, pull, x, n, d, rows, means, squares } };
};

describe('solveLower', () => {
  it.each([
    [1, 1, 0],
    [32, 10, 0],
    [32, 10, 4],
    [7, 12, 3],
    [5, 13, 0],
    [9, 40, 9],
  ])('gives the bits of the plain loop: %i features, %i right-hand sides, from row %i', (d, n, from) => {
    for (const variant of ['plain', 'fma'] as const) {
      const { kernels, call } = drawnCase(d, n, 100 * d + n, variant);
      kernels.solveLower({ ...call, from });
      const wanted = referenceSolveLower({
        factor: call.factor.f64,
        z: call.z.f64,
        pull: call.pull.f64,
        x: call.x.f32,
        n,
        from,
      });
      for (let a = 0; a < n; a++) {
        expect(call.means.f64[a]).toBe(wanted.means[a]);
        expect(call.squares.f64[a]).toBe(wanted.squares[a]);
        for (let i = from; i < d; i++) {
          expect(call.rows.f64[i * lanesOf(n) + a]).toBe(wanted.rows[a][i]);
        }
      }
    }
  });

  it('does nothing for no right-hand side, and refuses spans that are too short', () => {
    const { kernels, call } = drawnCase(4, 3, 1, 'plain');
    kernels.solveLower({ ...call, n: 0, from: 0 });
    expect(call.means.f64[0]).toBeNaN();
    expect(() => kernels.solveLower({ ...call, d: 5, from: 0 })).toThrow(/solveLower: factor must hold 30/);
    expect(() => kernels.solveLower({ ...call, n: 5, from: 0 })).toThrow(/solveLower: x must hold 20/);
    expect(() => kernels.solveLower({ ...call, n: -1, from: 0 })).toThrow(/n must be a whole number/);
    expect(() => kernels.solveLower({ ...call, from: 0.5 })).toThrow(/from must be a whole number/);
  });
});
