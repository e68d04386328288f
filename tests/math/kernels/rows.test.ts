import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { embeddingSlots } from '../../../src/math/kernels/embedding.ts';
import { createKernels } from '../../../src/math/kernels/kernels.ts';
import {
  referenceAdam,
  referenceEmbeddingBag,
  referenceEmbeddingBagBackward,
  referenceGather,
  referenceScatterAdd,
} from '../../../src/math/kernels/reference-rows.ts';
import { firstDifference, floats, size } from './drawn.ts';

const variants = [createKernels({ variant: 'plain' }), createKernels()].map((k) => [k.variant, k] as const);
const close = { relative: 2e-6, absolute: 2e-5 };

const bagCase = fc
  .record({ rows: fc.integer({ min: 1, max: 12 }), d: size(20), specials: fc.boolean() })
  .chain(({ rows, d, specials }) =>
    fc.array(fc.array(fc.nat(rows - 1), { maxLength: 5 }), { maxLength: 8 }).chain((bags) =>
      fc.record({
        ...{ rows: fc.constant(rows), d: fc.constant(d), bags: fc.constant(bags), mean: fc.boolean() },
        table: floats(rows * d, specials),
        gradOut: floats(bags.length * d, specials),
        weights: fc.option(floats(bags.flat().length, specials), { nil: undefined }),
      }),
    ),
  );

/** Half of its weight is 0 in float32, and no longer takes an infinity for one. */
const leastWeight = {
  ...{ rows: 1, d: 1, bags: [[0, 0]], mean: true, weights: Float32Array.of(2 ** -149, 1) },
  ...{ table: Float32Array.of(-Infinity), gradOut: Float32Array.of(-Infinity) },
};

describe.each(variants)('tables, %s', (_, kernels) => {
  it('gathers and scatter-adds rows, and passes over ids outside', () => {
    const drawn = fc
      .record({
        rows: size(10),
        d: size(20),
        ids: fc.array(fc.nat(12), { maxLength: 12 }),
        specials: fc.boolean(),
      })
      .chain((shape) =>
        fc.record({
          shape: fc.constant(shape),
          table: floats(shape.rows * shape.d, shape.specials),
          values: floats(shape.ids.length * shape.d, shape.specials),
        }),
      );
    fc.assert(
      fc.property(drawn, ({ shape: { rows, d, ids }, table, values }) => {
        const n = ids.length;
        const blocks = {
          table: kernels.from(table),
          ids: kernels.from(Uint32Array.from(ids)),
          out: kernels.alloc(n * d),
        };
        kernels.gatherRows({ ...blocks, rows, d, n });
        expect(blocks.out.f32).toEqual(referenceGather(table, rows, d, ids));
        const added = kernels.from(values);
        kernels.scatterAddRows({ ...blocks, rows, d, n, values: added });
        expect(
          firstDifference(blocks.table.f32, referenceScatterAdd({ table, rows, d }, ids, values), close),
        ).toBe(-1);
        for (const block of [added, ...Object.values(blocks)]) block.free();
      }),
      { numRuns: 200 },
    );
  });

  it('copies a part of a matrix into a part of another', () => {
    fc.assert(
      fc.property(size(9), size(20), fc.nat(5), fc.nat(5), (rows, d, extra, outExtra) => {
        const [stride, outStride] = [d + extra, d + outExtra];
        const x = kernels.from(Uint32Array.from({ length: rows * stride }, (_, i) => i + 1));
        const out = kernels.alloc(rows * outStride);
        out.u32.fill(0);
        kernels.copyRows({ x, rows, d, stride, out, outStride });
        const expected = Uint32Array.from({ length: rows * outStride }, (_, at) => {
          const column = at % outStride;
          return column < d ? Math.floor(at / outStride) * stride + column + 1 : 0;
        });
        expect(out.u32).toEqual(expected);
        x.free();
        out.free();
      }),
    );
  });

  it('embedding bags and their sparse gradients equal their twins', () => {
    fc.assert(
      fc.property(bagCase, ({ rows, d, bags, mean, table, gradOut, weights }) => {
        const ids = Uint32Array.from(bags.flat());
        const offsets = Uint32Array.from([0, ...bags.map((_, b) => bags.slice(0, b + 1).flat().length)]);
        const reference = { d, ids, offsets, mean, ...(weights === undefined ? {} : { weights }) };
        const weightBlock = kernels.from(weights ?? new Float32Array());
        const blocks = { table: kernels.from(table), ids: kernels.from(ids), offsets: kernels.from(offsets) };
        const shape = { rows, d, bags: bags.length, combine: mean ? 'mean' : 'sum' } as const;
        const args = { ...blocks, ...shape, ...(weights === undefined ? {} : { weights: weightBlock }) };
        const out = kernels.alloc(bags.length * d);
        kernels.embeddingBag({ ...args, out });
        // sums of up to 5 terms of size 64
        const tolerance = { relative: 2e-6, absolute: 1e-4 };
        expect(firstDifference(out.f32, referenceEmbeddingBag(table, reference), tolerance)).toBe(-1);

        const gradient = { gradOut: kernels.from(gradOut), slots: embeddingSlots(kernels, rows) };
        const sparse = { unique: kernels.alloc(ids.length), grads: kernels.alloc(ids.length * d) };
        const count = kernels.embeddingBagBackward({ ...args, ...gradient, ...sparse });
        const expected = referenceEmbeddingBagBackward(gradOut, reference);
        expect([...sparse.unique.u32.slice(0, count)]).toEqual([...expected.keys()]);
        for (const [at, row] of [...expected.values()].entries()) {
          const got = sparse.grads.f32.slice(at * d, (at + 1) * d);
          expect(firstDifference(got, row, { relative: 2e-6, absolute: 1e-3 })).toBe(-1);
        }
        expect(gradient.slots.i32.every((slot) => slot === -1)).toBe(true);
        const all = [
          out,
          weightBlock,
          ...Object.values(blocks),
          ...Object.values(gradient),
          ...Object.values(sparse),
        ];
        for (const block of all) block.free();
      }),
      { numRuns: 200, examples: [[leastWeight]] },
    );
  });

  it('Adam equals its twin over several steps, for all parameters and for chosen rows', () => {
    const drawn = fc.record({ rows: fc.integer({ min: 1, max: 9 }), d: size(20) }).chain(({ rows, d }) =>
      fc.record({
        ...{ rows: fc.constant(rows), d: fc.constant(d), params: floats(rows * d), grads: floats(rows * d) },
        chosen: fc.subarray([...Array(rows).keys()]),
        learningRate: fc.constantFrom(0.1, 0.001),
      }),
    );
    fc.assert(
      fc.property(drawn, ({ rows, d, params, grads, chosen, learningRate }) => {
        const zeros = new Float32Array(rows * d);
        const state = {
          params: kernels.from(params),
          firstMoment: kernels.from(zeros),
          secondMoment: kernels.from(zeros),
        };
        const twin = { params: params.slice(), firstMoment: zeros.slice(), secondMoment: zeros.slice() };
        const gradBlock = kernels.from(grads);
        const ids = kernels.from(Uint32Array.from(chosen));
        for (let step = 1; step <= 3; step++) {
          kernels.adam({ ...state, grads: gradBlock, n: rows * d, learningRate, step });
          referenceAdam(twin, grads, { learningRate, step });
        }
        kernels.adamRows({
          ...state,
          grads: gradBlock,
          rows,
          d,
          ids,
          count: chosen.length,
          learningRate,
          step: 4,
        });
        for (const [at, row] of chosen.entries()) {
          const part = (values: Float32Array) => values.subarray(row * d, (row + 1) * d);
          const rowState = {
            params: part(twin.params),
            firstMoment: part(twin.firstMoment),
            secondMoment: part(twin.secondMoment),
          };
          referenceAdam(rowState, grads.slice(at * d, (at + 1) * d), { learningRate, step: 4 });
        }
        for (const name of ['params', 'firstMoment', 'secondMoment'] as const) {
          expect(firstDifference(state[name].f32, twin[name], { relative: 2e-6, absolute: 2e-6 })).toBe(-1);
        }
        for (const block of [gradBlock, ids, ...Object.values(state)]) block.free();
      }),
      { numRuns: 100 },
    );
  });

  it('refuses ids that are not rows', () => {
    const block = kernels.from(Uint32Array.of(0, 3, 3, 0));
    const args = { table: block, rows: 2, d: 1, ids: block.words(1), offsets: block, bags: 1, out: block };
    expect(() => kernels.embeddingBag(args)).toThrow(/row below 2, got 3/);
    expect(() => kernels.embeddingBag({ ...args, offsets: block.words(1), bags: 2 })).toThrow(
      /must not fall/,
    );
    block.free();
  });
});
