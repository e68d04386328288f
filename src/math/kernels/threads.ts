/**
 * Worker threads that run kernels on the same memory. A call is cut into tasks whose results do not depend
 * on who runs them; every thread, this one included, takes the next free task until none is left. So a
 * worker that wakes late, or not at all, costs time and never changes a bit.
 */
import { Worker } from 'node:worker_threads';
import type { Block } from './memory.ts';
import type { NativeKernels } from './native.ts';

/** Names of the exports that work on memory alone and return nothing. */
export type Task = Exclude<keyof NativeKernels, 'heapBase'>;

/** Most tasks of one call, and most arguments of one task. */
export const MAX_TASKS = 32;
const MAX_ARGS = 20;

/**
 * Words of the control block. CLAIM holds generation * 64 + index of the next task, and between calls an index
 * that no call reaches: what else stands here may change only then.
 */
const CLAIM = 0;
const COUNT = 1;
const DONE = 2;
const KERNEL = 3;
const STOP = 4;
const READY = 5;
const FAILED = 6;
const ARGS_AT_WORD = 16;
const CONTROL_WORDS = ARGS_AT_WORD + 2 * MAX_TASKS * MAX_ARGS;
const TASK_BITS = 6;
const CLOSED = 2 ** TASK_BITS - 1;

/** How long the caller waits for tasks that others have taken before it calls the pool broken. */
const LOST_MS = 60_000;

/**
 * The worker, in plain JavaScript so that it starts without a loader. It looks for work for a moment before
 * it sleeps: the next call of a training step is usually a few microseconds away.
 */
const WORKER = `
const { workerData: { module, memory, controlPtr, argsPtr, names, spins } } = require('node:worker_threads');
const native = new WebAssembly.Instance(module, { env: { memory } }).exports;
const control = new Int32Array(memory.buffer, controlPtr, ${ARGS_AT_WORD});
const args = new Float64Array(memory.buffer, argsPtr, ${MAX_TASKS * MAX_ARGS});
const kernels = names.map((name) => native[name]);
Atomics.add(control, ${READY}, 1);
for (;;) {
  const claim = Atomics.load(control, ${CLAIM});
  const index = claim & ${CLOSED};
  if (index < Atomics.load(control, ${COUNT})) {
    const kernel = kernels[Atomics.load(control, ${KERNEL})];
    if (Atomics.compareExchange(control, ${CLAIM}, claim, claim + 1) !== claim) continue;
    const at = index * ${MAX_ARGS};
    try {
      kernel(...args.subarray(at + 1, at + 1 + args[at]));
    } catch {
      Atomics.store(control, ${FAILED}, 1);
    }
    Atomics.add(control, ${DONE}, 1);
    Atomics.notify(control, ${DONE});
    continue;
  }
  if (Atomics.load(control, ${STOP}) !== 0) break;
  let spin = 0;
  while (spin < spins && Atomics.load(control, ${CLAIM}) === claim) spin++;
  if (spin === spins) Atomics.wait(control, ${CLAIM}, claim);
}
`;

/** Looks at the claim word before sleeping: about 20 microseconds. */
const SPINS = 2000;

export interface ThreadPoolOptions {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly native: NativeKernels;
  readonly alloc: (words: number) => Block;
  /** Threads in all, the caller's included. */
  readonly threads: number;
}

export class ThreadPool {
  readonly threads: number;
  readonly #native: NativeKernels;
  readonly #names: readonly Task[];
  readonly #control: Int32Array;
  readonly #args: Float64Array;
  readonly #block: Block;
  readonly #workers: readonly Worker[];
  #generation = 0;
  #closed = false;

  constructor({ module, memory, native, alloc, threads }: ThreadPoolOptions) {
    this.threads = threads;
    this.#native = native;
    this.#names = Object.keys(native).filter((name): name is Task => name !== 'heapBase');
    this.#block = alloc(CONTROL_WORDS);
    this.#block.i32.fill(0);
    this.#block.i32[CLAIM] = CLOSED;
    const { ptr } = this.#block;
    const argsPtr = ptr + 4 * ARGS_AT_WORD;
    this.#control = new Int32Array(memory.buffer, ptr, ARGS_AT_WORD);
    this.#args = new Float64Array(memory.buffer, argsPtr, MAX_TASKS * MAX_ARGS);
    const workerData = { module, memory, controlPtr: ptr, argsPtr, names: this.#names, spins: SPINS };
    this.#workers = Array.from({ length: threads - 1 }, () => {
      const worker = new Worker(WORKER, {
        eval: true,
        workerData,
        execArgv: [],
        stdout: false,
        stderr: false,
      });
      worker.unref();
      // a worker that cannot start is not missed: the caller runs what nobody takes
      worker.on('error', () => undefined);
      return worker;
    });
  }

  /** Workers that have started. Until then, and where none can start, the caller does everything itself. */
  get ready(): number {
    return Atomics.load(this.#control, READY);
  }

  /**
   * Runs the kernel once per list of arguments, in any order, on any thread; returns when all are done.
   * @throws Error if the kernel trapped in any of them, which only addresses outside of the memory bring about
   */
  run(kernel: Task, tasks: readonly (readonly number[])[]): void {
    const call = this.#native[kernel] as (...args: readonly number[]) => void;
    if (tasks.length < 2 || this.#closed || this.ready === 0) {
      for (const args of tasks) call(...args);
      return;
    }
    if (tasks.length > MAX_TASKS)
      throw new RangeError(`ThreadPool.run: at most ${MAX_TASKS} tasks, got ${tasks.length}`);
    const control = this.#control;
    for (const [index, args] of tasks.entries()) {
      this.#args[index * MAX_ARGS] = args.length;
      this.#args.set(args, index * MAX_ARGS + 1);
    }
    Atomics.store(control, DONE, 0);
    Atomics.store(control, KERNEL, this.#names.indexOf(kernel));
    Atomics.store(control, COUNT, tasks.length);
    this.#generation = (this.#generation + 1) & 0xffffff;
    const first = this.#generation << TASK_BITS;
    Atomics.store(control, CLAIM, first);
    Atomics.notify(control, CLAIM);
    for (;;) {
      const index = Atomics.load(control, CLAIM) - first;
      if (index >= tasks.length) break;
      if (Atomics.compareExchange(control, CLAIM, first + index, first + index + 1) !== first + index)
        continue;
      try {
        call(...tasks[index]!);
      } catch {
        Atomics.store(control, FAILED, 1);
      }
      Atomics.add(control, DONE, 1);
    }
    this.#waitForAll(tasks.length);
    Atomics.store(control, CLAIM, first + CLOSED);
    if (Atomics.exchange(control, FAILED, 0) !== 0) {
      throw new Error(`ThreadPool: ${kernel} left the memory, called with ${JSON.stringify(tasks)}`);
    }
  }

  /** Ends the workers. Calls after it run on this thread alone. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    Atomics.store(this.#control, STOP, 1);
    Atomics.add(this.#control, CLAIM, 1 << TASK_BITS);
    Atomics.notify(this.#control, CLAIM);
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#block.free();
  }

  #waitForAll(count: number): void {
    for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(this.#control, DONE) === count) return;
    const until = performance.now() + LOST_MS;
    for (;;) {
      const done = Atomics.load(this.#control, DONE);
      if (done === count) return;
      if (performance.now() > until)
        throw new Error(`ThreadPool: ${count - done} of ${count} tasks never ended`);
      Atomics.wait(this.#control, DONE, done, 1000);
    }
  }
}
