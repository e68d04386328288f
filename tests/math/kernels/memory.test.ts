import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKernels } from '../../../src/math/kernels/kernels.ts';
import type { Block } from '../../../src/math/kernels/memory.ts';

describe('arena', () => {
  it('hands out aligned blocks that never overlap, and takes all of them back', () => {
    const { arena } = createKernels();
    const held: Block[] = [];
    const start = arena.bytesInUse;
    fc.assert(
      fc.property(
        fc.array(fc.record({ words: fc.nat(3000), free: fc.nat(2) }), { maxLength: 60 }),
        (steps) => {
          for (const { words, free } of steps) {
            const block = arena.alloc(words);
            expect(block.ptr % 16).toBe(0);
            for (const other of held) {
              const apart =
                other.ptr + other.byteLength <= block.ptr || block.ptr + block.byteLength <= other.ptr;
              expect(apart).toBe(true);
            }
            held.push(block);
            if (free > 0) held.splice(words % held.length, 1)[0]!.free();
          }
          for (const block of held.splice(0)) block.free();
          expect(arena.bytesInUse).toBe(start);
        },
      ),
    );
  });

  it('does not grow over a long run of the same work', () => {
    const kernels = createKernels();
    const step = (): void => {
      const blocks = [64, 4096, 100_000, 7].map((words) => kernels.alloc(words));
      const order = [2, 0, 3, 1];
      for (const i of order) blocks[i]!.free();
    };
    step();
    const reserved = kernels.arena.bytesReserved;
    for (let i = 0; i < 5000; i++) step();
    expect(kernels.arena.bytesReserved).toBe(reserved);
    expect(kernels.arena.blocksInUse).toBe(0);
  });

  it('keeps views good while the memory grows', () => {
    const kernels = createKernels();
    const small = kernels.from(Float32Array.of(1, 2, 3));
    const view = small.f32;
    const large = kernels.alloc(20_000_000);
    large.f32.fill(7);
    view[0] = 5;
    expect([...small.f32]).toEqual([5, 2, 3]);
    expect(large.f32.at(-1)).toBe(7);
  });

  it('refuses a second free, a bad size, and words outside of a span', () => {
    const kernels = createKernels();
    const block = kernels.alloc(4);
    expect(() => block.words(2, 5)).toThrow(RangeError);
    block.free();
    expect(() => block.free()).toThrow(/already freed/);
    expect(() => kernels.alloc(-1)).toThrow(RangeError);
    expect(() => kernels.alloc(Number.NaN)).toThrow(RangeError);
    expect(() => kernels.allocBytes(5e9)).toThrow(/no room/);
  });
});
