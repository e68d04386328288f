/** The kernels with their memory: one object, one arena, one compiled module. */
import { type AdamKernels, adamKernels } from './adam.ts';
import { type KernelVariant, MAXIMUM_PAGES } from './build.ts';
import { type CellKernels, cellKernels } from './cells.ts';
import type { KernelCore } from './core.ts';
import { type ElementwiseKernels, elementwiseKernels } from './elementwise.ts';
import { type EmbeddingKernels, embeddingKernels } from './embedding.ts';
import { type GemmKernels, gemmKernels } from './gemm.ts';
import { loadModule } from './load.ts';
import { Arena, type Block } from './memory.ts';
import type { NativeKernels } from './native.ts';
import { type ReduceKernels, reduceKernels } from './reduce.ts';
import { type ScanKernels, scanKernels } from './scan.ts';
import { type SoftmaxKernels, softmaxKernels } from './softmax.ts';
import { MAX_TASKS, ThreadPool } from './threads.ts';
import { type TopKKernels, topKKernels } from './topk.ts';
import { type TriangularKernels, triangularKernels } from './triangular.ts';

export interface KernelOptions {
  /** Default: `fma` where this Node has relaxed SIMD, else `plain`. They differ in the last bits of sums. */
  readonly variant?: KernelVariant;
  /** Threads that share large calls, the caller's included; default 1. Results do not depend on it. */
  readonly threads?: number;
}

export type Kernels = KernelCore &
  GemmKernels &
  ScanKernels &
  CellKernels &
  TopKKernels &
  SoftmaxKernels &
  ElementwiseKernels &
  ReduceKernels &
  EmbeddingKernels &
  AdamKernels &
  TriangularKernels;

/** Pieces per thread: a thread that the machine slows down leaves its second piece to the others. */
const PIECES_PER_THREAD = 2;

/** New kernels with memory of their own. @throws Error if the module must be compiled and cannot be */
export function createKernels(options: KernelOptions = {}): Kernels {
  const { variant, module } = loadModule(options.variant);
  const memory = new WebAssembly.Memory({ initial: 16, maximum: MAXIMUM_PAGES, shared: true });
  const native = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as NativeKernels;
  const arena = new Arena(memory, native.heapBase.value);
  const alloc = (words: number): Block => arena.alloc(words);
  let pool: ThreadPool | undefined;

  const core: KernelCore = {
    variant,
    native,
    arena,
    alloc,
    get threads() {
      return pool?.threads ?? 1;
    },
    get workers() {
      return pool?.ready ?? 0;
    },
    setThreads(threads) {
      if (!Number.isSafeInteger(threads) || threads < 1) {
        throw new RangeError(`setThreads: threads must be a whole number from 1, got ${threads}`);
      }
      if (threads === core.threads) return;
      void pool?.close();
      pool = threads === 1 ? undefined : new ThreadPool({ module, memory, native, alloc, threads });
    },
    async close() {
      const closing = pool;
      pool = undefined;
      await closing?.close();
    },
    run(kernel, tasks) {
      if (pool !== undefined) pool.run(kernel, tasks);
      else for (const args of tasks) (native[kernel] as (...args: readonly number[]) => void)(...args);
    },
    split(total, { grain, align }) {
      const threads = pool === undefined || pool.ready === 0 ? 1 : pool.threads;
      const most = threads === 1 ? 1 : Math.min(PIECES_PER_THREAD * threads, MAX_TASKS);
      const pieces = Math.max(1, Math.min(most, Math.floor(total / grain)));
      const step = Math.max(align, Math.ceil(total / pieces / align) * align);
      const count = Math.max(1, Math.ceil(total / step));
      return Array.from({ length: count }, (_, i) => [i * step, Math.min(total, (i + 1) * step)]);
    },
    allocBytes: (bytes) => arena.allocBytes(bytes),
    from(values) {
      const block = arena.allocBytes(values.byteLength);
      block.u8.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      return block;
    },
  };
  core.setThreads(options.threads ?? 1);
  const families = {
    ...gemmKernels(core),
    ...scanKernels(core),
    ...cellKernels(core),
    ...topKKernels(core),
    ...softmaxKernels(core),
    ...elementwiseKernels(core),
    ...reduceKernels(core),
    ...embeddingKernels(core),
    ...adamKernels(core),
    ...triangularKernels(core),
  };
  return Object.assign(core, families);
}

let shared: Kernels | undefined;

/** The process's own kernels, made at the first call: most callers need no second memory. */
export function sharedKernels(): Kernels {
  shared ??= createKernels();
  return shared;
}
