import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKernels } from '../../../src/math/kernels/kernels.ts';
import { BINARY_OPS, UNARY_OPS, type UnaryOp } from '../../../src/math/kernels/native.ts';
import {
  REFERENCE_BINARY,
  REFERENCE_UNARY,
  referenceReduce,
  spreadIndex,
} from '../../../src/math/kernels/reference-elementwise.ts';
import { firstDifference, floats, size } from './drawn.ts';

const variants = [createKernels({ variant: 'plain' }), createKernels()].map((k) => [k.variant, k] as const);
const spread = fc.constantFrom('matrix', 'row', 'column', 'scalar');

/** Every float32: any bit pattern, and the range where the functions bend. */
const anyFloats = fc
  .array(
    fc.oneof(fc.float(), fc.float({ min: -100, max: 100 }), fc.constantFrom(0, -0, 0.5, 1.5, 2.5, -0.5)),
    {
      maxLength: 40,
    },
  )
  .map((values) => Float32Array.from(values));

/** Polynomials lie within 1e-6; the rest is exact. Below the normal floats there are no relative digits. */
const APPROXIMATE: readonly UnaryOp[] = ['rsqrt', 'exp', 'log', 'sigmoid', 'tanh', 'softplus', 'elu'];

describe.each(variants)('element-wise, %s', (_, kernels) => {
  it.each(UNARY_OPS)('%s equals its twin on any float, and does not depend on the place', (op) => {
    fc.assert(
      fc.property(anyFloats, (values) => {
        const x = kernels.from(values);
        const out = kernels.alloc(values.length);
        kernels.unary(op, x, out, values.length);
        const expected = values.map(REFERENCE_UNARY[op]);
        const approximate = APPROXIMATE.includes(op);
        // elu is exp(x) - 1 as in TensorFlow.js: near 0 its digits are those of exp(x)
        const absolute = op === 'elu' ? 1.2e-7 : approximate ? 2 ** -126 : 0;
        const at = firstDifference(out.f32, expected, { relative: approximate ? 1e-6 : 0, absolute });
        expect({ x: values[at], got: out.f32[at] }).toEqual({ x: values[at], got: expected[at] });
        if (values.length > 0) {
          const last = kernels.alloc(1);
          kernels.unary(op, x.words(values.length - 1), last, 1);
          expect(last.f32[0]).toBe(out.f32.at(-1));
          last.free();
        }
        x.free();
        out.free();
      }),
      { numRuns: 300 },
    );
  });

  it('exp and log hold 1e-6 over their whole range', () => {
    const n = 200_001;
    const x = kernels.alloc(n);
    const out = kernels.alloc(n);
    for (const [op, low, high] of [
      ['exp', -87, 88.7],
      ['log', 1e-38, 4],
      ['log', 0.9, 1.1],
      ['tanh', -9, 9],
    ] as const) {
      for (let i = 0; i < n; i++) x.f32[i] = low + ((high - low) * i) / (n - 1);
      kernels.unary(op, x, out, n);
      const worst = x.f32.reduce((most, value, i) => {
        const exact = REFERENCE_UNARY[op](value);
        return exact === 0 ? most : Math.max(most, Math.abs(out.f32[i]! / exact - 1));
      }, 0);
      expect(worst).toBeLessThan(op === 'log' ? 5e-7 : 2.5e-7);
    }
    x.free();
    out.free();
  });

  it.each(BINARY_OPS)('%s equals its twin for every way of broadcasting', (op) => {
    const drawn = fc
      .record({ m: size(9), n: size(40), spreadA: spread, spreadB: spread, specials: fc.boolean() })
      .chain((shape) =>
        fc.record({
          shape: fc.constant(shape),
          a: floats(Math.max(1, shape.m * shape.n, shape.m, shape.n), shape.specials),
          b: floats(Math.max(1, shape.m * shape.n, shape.m, shape.n), shape.specials),
        }),
      );
    fc.assert(
      fc.property(drawn, ({ shape, a, b }) => {
        const { m, n, spreadA, spreadB } = shape;
        const blocks = { a: kernels.from(a), b: kernels.from(b), out: kernels.alloc(m * n + 4) };
        blocks.out.f32.fill(77);
        kernels.binary(op, { ...shape, ...blocks });
        const expected = Float32Array.from({ length: m * n }, (_, at) => {
          const [i, j] = [Math.floor(at / n), at % n];
          return REFERENCE_BINARY[op](a[spreadIndex(spreadA, i, j, n)]!, b[spreadIndex(spreadB, i, j, n)]!);
        });
        expect(blocks.out.f32.slice(0, m * n)).toEqual(expected);
        expect([...blocks.out.f32.slice(m * n)]).toEqual([77, 77, 77, 77]);
        for (const block of Object.values(blocks)) block.free();
      }),
      { numRuns: 200 },
    );
  });

  it('reduces along both axes as its twin, and transposes', () => {
    const drawn = fc
      .record({ m: size(40), n: size(40), specials: fc.boolean() })
      .chain(({ m, n, specials }) =>
        fc.record({ m: fc.constant(m), n: fc.constant(n), x: floats(m * n, specials) }),
      );
    fc.assert(
      fc.property(drawn, ({ m, n, x }) => {
        const block = kernels.from(x);
        for (const axis of ['first', 'last'] as const) {
          const out = kernels.alloc(axis === 'last' ? m : n);
          for (const how of ['sum', 'mean', 'max'] as const) {
            kernels[how]({ x: block, m, n, axis, out });
            const expected = referenceReduce(how, { x, m, n, axis });
            const absolute = how === 'max' ? 0 : 2 ** -24 * 8 * Math.max(m, n) ** (how === 'sum' ? 2 : 1);
            expect(
              firstDifference(out.f32, expected, { relative: how === 'max' ? 0 : 2 ** -22, absolute }),
            ).toBe(-1);
          }
          out.free();
        }
        const turned = kernels.alloc(m * n);
        kernels.transpose({ x: block, m, n, out: turned });
        const expected = Float32Array.from(
          { length: m * n },
          (_, at) => x[(at % m) * n + Math.floor(at / m)]!,
        );
        expect(turned.f32).toEqual(expected);
        turned.free();
        block.free();
      }),
      { numRuns: 200 },
    );
  });
});
