import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import { createKernels, type Kernels } from '../../../src/math/kernels/kernels.ts';
import { referenceRotateIn, referenceSolveLower } from '../../../src/math/kernels/reference-triangular.ts';
import { lanesOf } from '../../../src/math/kernels/triangular.ts';
import {
  multiplyByTransposed,
  packedLength,
  scaledIdentityFactor,
} from '../../../src/math/linear-algebra.ts';
import { normalSource } from '../../../src/math/random.ts';

const hold = (kernels: Kernels, length: number, fill: (i: number) => number) => {
  const block = kernels.allocBytes(8 * length);
  for (let i = 0; i < length; i++) block.f64[i] = fill(i);
  return block;
};

/** A drawn triangle, right-hand sides and results, all in kernel memory. */
const drawnCase = (d: number, n: number, seed: number, variant: 'plain' | 'fma') => {
  const kernels = createKernels({ variant });
  const rng = createRng(seed);
  const normal = normalSource(() => rng.next());
  const doubles = (length: number, fill: (i: number) => number) => hold(kernels, length, fill);
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

/** scale^2 times the identity, and what is needed to rotate rows into it. */
const identityCase = (d: number, scale: number, variant: 'plain' | 'fma' = 'plain') => {
  const kernels = createKernels({ variant });
  const start = scaledIdentityFactor(d, scale);
  const call = {
    factor: hold(kernels, start.length, (i) => start[i]),
    z: hold(kernels, d, () => 0),
    x: hold(kernels, d, () => 0),
    turns: hold(kernels, 3 * d, () => Number.NaN),
    d,
  };
  const rotateIn = (x: ArrayLike<number>, y: number): number => {
    call.x.f64.set(x);
    return kernels.rotateIn({ ...call, y });
  };
  return { kernels, call, rotateIn };
};

describe('rotateIn', () => {
  it.each([1, 3, 4, 7, 32, 33])('gives the bits of the plain loop: %i features', (d) => {
    for (const variant of ['plain', 'fma'] as const) {
      const { call, rotateIn } = identityCase(d, 0.7, variant);
      const rng = createRng(d);
      const normal = normalSource(() => rng.next());
      const factor = scaledIdentityFactor(d, 0.7);
      const z = new Float64Array(d);
      for (let t = 0; t < 50; t++) {
        const x = Float64Array.from({ length: d }, (_, i) => (i % 5 === t % 5 ? 0 : normal()));
        const y = normal();
        expect(rotateIn(x, y)).toBe(referenceRotateIn({ factor, z, x, y }));
      }
      expect([...call.factor.f64]).toEqual([...factor]);
      expect([...call.z.f64]).toEqual([...z]);
    }
  });

  it('matches an update worked by hand', () => {
    // A = 9 I, x = (4, 0), y = 5: A becomes diag(25, 9), b = (20, 0), so L^-1 b = (20 / 5, 0).
    // theta = (0.8, 0); error (5 - 3.2)^2 + 9 * 0.64 = 9, so what is left of y is 3.
    const { call, rotateIn } = identityCase(2, 3);
    const left = rotateIn([4, 0], 5);
    [5, 0, 3].forEach((entry, i) => void expect(call.factor.f64[i]).toBeCloseTo(entry, 14));
    [4, 0].forEach((entry, i) => void expect(call.z.f64[i]).toBeCloseTo(entry, 14));
    expect(Math.abs(left)).toBeCloseTo(3, 14);
  });

  it('keeps the factor of the sum of outer products', () => {
    const d = 5;
    const numbers = fc.integer({ min: -500, max: 500 }).map((n) => n / 100);
    const drawn = fc.array(fc.array(numbers, { minLength: d, maxLength: d }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(drawn, (rows) => {
        const { call, rotateIn } = identityCase(d, 1);
        for (const row of rows) rotateIn(row, 1);
        const product = multiplyByTransposed(call.factor.f64, d);
        for (let i = 0; i < d; i++) {
          for (let j = 0; j <= i; j++) {
            const wanted = rows.reduce((sum, row) => sum + row[i] * row[j], i === j ? 1 : 0);
            expect(Math.abs(product[packedLength(i) + j] - wanted)).toBeLessThan(1e-10);
          }
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('gives y back where there is no feature, and refuses spans that are too short', () => {
    const { kernels, call } = identityCase(4, 1);
    expect(kernels.rotateIn({ ...call, d: 0, y: 2 })).toBe(2);
    expect(() => kernels.rotateIn({ ...call, d: 5, y: 1 })).toThrow(/rotateIn: factor must hold 30/);
    expect(() => kernels.rotateIn({ ...call, turns: call.x, y: 1 })).toThrow(/rotateIn: turns must hold 24/);
    expect(() => kernels.rotateIn({ ...call, d: 0.5, y: 1 })).toThrow(/d must be a whole number/);
  });
});
