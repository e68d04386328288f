import type { KernelVariant } from './build.ts';
import type { Arena, Block } from './memory.ts';
import type { NativeKernels } from './native.ts';
import type { Task } from './threads.ts';

/** What every family of kernels is built on, apart from the families so that neither needs the other. */
export interface KernelCore {
  readonly variant: KernelVariant;
  readonly native: NativeKernels;
  readonly arena: Arena;
  /** Threads that share large calls, the caller's included. */
  readonly threads: number;
  /** Worker threads that have started. Until they have, calls run on the caller's thread, with the same result. */
  readonly workers: number;
  /** Another number of threads from the next call on. @throws RangeError unless a whole number from 1 */
  setThreads(threads: number): void;
  /** Ends the worker threads; the kernels go on with one. */
  close(): Promise<void>;
  /** Runs an export once per list of arguments, shared between the threads. The tasks must not touch each other's output. */
  run(kernel: Task, tasks: readonly (readonly number[])[]): void;
  /**
   * [0, total) in pieces for `run`: each a multiple of `align` but the last, none much below `grain`. One piece
   * where there is one thread.
   */
  split(total: number, sizes: { readonly grain: number; readonly align: number }): readonly Piece[];
  /** A block of n 4-byte words, not cleared. Free it. */
  alloc(words: number): Block;
  /** A block of n bytes, not cleared. Free it. */
  allocBytes(bytes: number): Block;
  /** A block that holds a copy of the values. Free it. */
  from(values: Float32Array | Int32Array | Uint32Array | Int8Array | Uint8Array): Block;
}

/** The range [from, to). */
export type Piece = readonly [from: number, to: number];
