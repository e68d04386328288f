/** The kernels with their memory: one object, one arena, one compiled module. */
import { type AdamKernels, adamKernels } from './adam.ts';
import { type KernelVariant, MAXIMUM_PAGES } from './build.ts';
import { type ElementwiseKernels, elementwiseKernels } from './elementwise.ts';
import { type EmbeddingKernels, embeddingKernels } from './embedding.ts';
import { type GemmKernels, gemmKernels } from './gemm.ts';
import { loadModule } from './load.ts';
import { Arena, type Block } from './memory.ts';
import type { NativeKernels } from './native.ts';
import { type ReduceKernels, reduceKernels } from './reduce.ts';
import { type ScanKernels, scanKernels } from './scan.ts';
import { type SoftmaxKernels, softmaxKernels } from './softmax.ts';
import { type TopKKernels, topKKernels } from './topk.ts';

export interface KernelOptions {
  /** Default: `fma` where this Node has relaxed SIMD, else `plain`. They differ in the last bits of sums. */
  readonly variant?: KernelVariant;
}

/** What every family of kernels is built on. */
export interface KernelCore {
  readonly variant: KernelVariant;
  readonly native: NativeKernels;
  readonly arena: Arena;
  /** A block of n 4-byte words, not cleared. Free it. */
  alloc(words: number): Block;
  /** A block of n bytes, not cleared. Free it. */
  allocBytes(bytes: number): Block;
  /** A block that holds a copy of the values. Free it. */
  from(values: Float32Array | Int32Array | Uint32Array | Int8Array | Uint8Array): Block;
}

export type Kernels = KernelCore &
  GemmKernels &
  ScanKernels &
  TopKKernels &
  SoftmaxKernels &
  ElementwiseKernels &
  ReduceKernels &
  EmbeddingKernels &
  AdamKernels;

/** New kernels with memory of their own. @throws Error if the module must be compiled and cannot be */
export function createKernels(options: KernelOptions = {}): Kernels {
  const { variant, module } = loadModule(options.variant);
  const memory = new WebAssembly.Memory({ initial: 16, maximum: MAXIMUM_PAGES, shared: true });
  const native = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as NativeKernels;
  const arena = new Arena(memory, native.heapBase.value);
  const core: KernelCore = {
    variant,
    native,
    arena,
    alloc: (words) => arena.alloc(words),
    allocBytes: (bytes) => arena.allocBytes(bytes),
    from(values) {
      const block = arena.allocBytes(values.byteLength);
      block.u8.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      return block;
    },
  };
  return {
    ...core,
    ...gemmKernels(core),
    ...scanKernels(core),
    ...topKKernels(core),
    ...softmaxKernels(core),
    ...elementwiseKernels(core),
    ...reduceKernels(core),
    ...embeddingKernels(core),
    ...adamKernels(core),
  };
}

let shared: Kernels | undefined;

/** The process's own kernels, made at the first call: most callers need no second memory. */
export function sharedKernels(): Kernels {
  shared ??= createKernels();
  return shared;
}
