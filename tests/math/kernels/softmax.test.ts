import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKernels } from '../../../src/math/kernels/kernels.ts';
import { referenceCrossEntropy, referenceSoftmax } from '../../../src/math/kernels/reference-elementwise.ts';
import { firstDifference, floats, size } from './drawn.ts';

const variants = [createKernels({ variant: 'plain' }), createKernels()].map((k) => [k.variant, k] as const);
const close = { relative: 4e-6, absolute: 4e-6 };

const crossEntropyCase = fc
  .record({ m: size(12), n: size(40).map((n) => n + 1), specials: fc.boolean() })
  .chain(({ m, n, specials }) =>
    fc.record({
      m: fc.constant(m),
      n: fc.constant(n),
      logits: floats(m * n, specials),
      targets: fc.array(fc.nat(n - 1), { minLength: m, maxLength: m }),
      scale: fc.constantFrom(1, 20, 0.5),
      bias: fc.option(floats(n), { nil: undefined }),
      ids: fc.option(
        fc.record({
          rowIds: fc.array(fc.nat(4), { minLength: m, maxLength: m }),
          columnIds: fc.array(fc.nat(4), { minLength: n, maxLength: n }),
        }),
        { nil: undefined },
      ),
    }),
  );

describe.each(variants)('softmax, %s', (_, kernels) => {
  it('rows of softmax and log-softmax equal their twins', () => {
    const drawn = fc
      .record({ m: size(9), n: size(60), specials: fc.boolean() })
      .chain(({ m, n, specials }) =>
        fc.record({ m: fc.constant(m), n: fc.constant(n), x: floats(m * n, specials) }),
      );
    fc.assert(
      fc.property(drawn, ({ m, n, x }) => {
        const blocks = { x: kernels.from(x), out: kernels.alloc(m * n) };
        kernels.logSoftmaxRows({ ...blocks, m, n });
        expect(firstDifference(blocks.out.f32, referenceSoftmax(x, m, n, true), close)).toBe(-1);
        kernels.softmaxRows({ x: blocks.x, m, n, out: blocks.x });
        expect(firstDifference(blocks.x.f32, referenceSoftmax(x, m, n, false), close)).toBe(-1);
        for (const block of Object.values(blocks)) block.free();
      }),
      { numRuns: 200 },
    );
  });

  it('cross-entropy and its gradient equal their twins, with bias and accidental hits or without', () => {
    fc.assert(
      fc.property(crossEntropyCase, ({ m, n, logits, targets, scale, bias, ids }) => {
        const rowIds = kernels.from(Uint32Array.from(ids?.rowIds ?? []));
        const columnIds = kernels.from(Uint32Array.from(ids?.columnIds ?? []));
        const blocks = {
          logits: kernels.from(logits),
          targets: kernels.from(Int32Array.from(targets)),
          loss: kernels.alloc(m),
        };
        const biasBlock = kernels.from(bias ?? new Float32Array());
        kernels.softmaxCrossEntropy({
          ...blocks,
          ...(bias === undefined ? {} : { bias: biasBlock }),
          ...(ids === undefined ? {} : { hits: { rowIds, columnIds } }),
          ...{ m, n, scale, gradScale: 0.25 },
        });
        const expected = referenceCrossEntropy({
          ...{ logits, m, n, targets, scale, gradScale: 0.25, ...ids },
          ...(bias === undefined ? {} : { bias }),
        });
        // scaled logits reach 160, of which a float32 keeps 1e-5
        expect(firstDifference(blocks.loss.f32, expected.loss, { relative: 4e-6, absolute: 4e-5 })).toBe(-1);
        expect(
          firstDifference(blocks.logits.f32, expected.grad, { relative: 1e-4, absolute: 1e-6 * scale }),
        ).toBe(-1);
        for (const block of [rowIds, columnIds, biasBlock, ...Object.values(blocks)]) block.free();
      }),
      { numRuns: 300 },
    );
  });

  it('the gradient agrees with finite differences of the twin', () => {
    const [m, n] = [2, 5];
    const logits = Float32Array.from({ length: m * n }, (_, i) => Math.sin(3 * i));
    const args = { m, n, targets: [1, 4], scale: 2, gradScale: 1 };
    const { grad } = referenceCrossEntropy({ ...args, logits });
    const total = (values: Float32Array) =>
      referenceCrossEntropy({ ...args, logits: values }).loss.reduce((a, b) => a + b, 0);
    for (let i = 0; i < m * n; i++) {
      const [up, down] = [logits.slice(), logits.slice()];
      up[i]! += 0.01;
      down[i]! -= 0.01;
      expect(grad[i]).toBeCloseTo((total(up) - total(down)) / 0.02, 3);
    }
  });

  it('refuses a target that is not a column', () => {
    const block = kernels.from(Int32Array.of(4));
    const rest = kernels.alloc(4);
    expect(() =>
      kernels.softmaxCrossEntropy({ logits: rest, m: 1, n: 4, targets: block, loss: rest }),
    ).toThrow(/below 4/);
    block.free();
    rest.free();
  });
});
