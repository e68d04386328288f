import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { signFlipP } from '../../src/evaluation/sign-flip.ts';

const uniformOf = (seed: number): (() => number) => {
  const rng = createRng(seed);
  return () => rng.next();
};

/** The readable twin: every choice of signs. */
const exactP = (differences: readonly number[]): number => {
  const observed = Math.abs(differences.reduce((sum, d) => sum + d, 0));
  const all = 2 ** differences.length;
  let asFar = 0;
  for (let signs = 0; signs < all; signs++) {
    const sum = differences.reduce((total, d, i) => total + ((signs >> i) & 1 ? d : -d), 0);
    if (Math.abs(sum) >= observed - 1e-9) asFar++;
  }
  return asFar / all;
};

describe('signFlipP', () => {
  it('comes near the exact value over all choices of signs', () => {
    const flips = 4_000;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 9 }),
        (differences) => {
          const p = exactP(differences);
          const drawn = signFlipP(
            differences,
            differences.map(() => 0),
            { uniform: uniformOf(5), flips },
          );
          // Binomial: 4.5 standard errors of 4,000 draws, and the one draw that is always counted.
          expect(Math.abs(drawn - p)).toBeLessThan(4.5 * Math.sqrt((p * (1 - p)) / flips) + 1 / flips);
        },
      ),
      { seed: 42, numRuns: 40 },
    );
  });

  it('does not depend on which of the two is named first, nor on users who do not differ', () => {
    const [a, b] = [
      [3, 1, 4, 1, 5, 9, 2],
      [2, 1, 1, 0, 6, 5, 2],
    ];
    const p = signFlipP(a, b, { uniform: uniformOf(1) });
    expect(signFlipP(b, a, { uniform: uniformOf(1) })).toBe(p);
    expect(signFlipP([...a, 8, 8], [...b, 8, 8], { uniform: uniformOf(1) })).toBe(p);
  });

  it('is 1 where nothing differs, and as small as the flips allow where all differ alike', () => {
    expect(signFlipP([1, 2], [1, 2], { uniform: uniformOf(1), flips: 99 })).toBe(1);
    const ones = new Float64Array(60).fill(1); // 2^-59 of the choices are as far
    expect(signFlipP(ones, new Float64Array(60), { uniform: uniformOf(1), flips: 999 })).toBe(0.001);
  });

  it('calls one in twenty differences of nothing significant at 0.05', () => {
    const rng = createRng(9);
    const runs = 800;
    let significant = 0;
    for (let run = 0; run < runs; run++) {
      const own = rng.fork(`run:${run}`);
      const [a, b] = [0, 1].map(() => Float64Array.from({ length: 40 }, () => own.next() ** 3));
      if (signFlipP(a, b, { uniform: () => own.next(), flips: 199 }) <= 0.05) significant++;
    }
    // 4 standard errors of sqrt(0.05 * 0.95 / 800) = 0.0077; the test is exact at 10 of 200.
    expect(Math.abs(significant / runs - 0.05)).toBeLessThan(4 * 0.0077);
  });

  it('refuses what it cannot test', () => {
    const uniform = uniformOf(1);
    expect(() => signFlipP([1], [1, 2], { uniform })).toThrow('1 and 2 users');
    expect(() => signFlipP([], [], { uniform })).toThrow('at least one user');
    expect(() => signFlipP([Number.NaN], [1], { uniform })).toThrow('got NaN');
    expect(() => signFlipP([1], [0], { uniform, flips: 10 })).toThrow('at least 99');
  });
});
