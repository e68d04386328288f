/**
 * Memory of the kernels, handed out and given back in the open. The WebAssembly memory is shared, which
 * has two uses: worker threads see the same bytes, and growing it detaches nothing, so a view taken
 * before a growth stays good.
 */

const ALIGNMENT = 16;
const PAGE = 65_536;

/** Bytes in kernel memory, with views of all of it. Lengths count 4-byte words; i8 and u8 see every byte. */
export class Span {
  readonly ptr: number;
  readonly byteLength: number;
  readonly #memory: WebAssembly.Memory;
  #f32: Float32Array | undefined;

  constructor(memory: WebAssembly.Memory, ptr: number, byteLength: number) {
    this.#memory = memory;
    this.ptr = ptr;
    this.byteLength = byteLength;
  }

  /** Number of whole 4-byte words. */
  get length(): number {
    return this.byteLength >>> 2;
  }

  get f32(): Float32Array {
    this.#f32 ??= new Float32Array(this.#memory.buffer, this.ptr, this.length);
    return this.#f32;
  }

  /** Whole 8-byte words. */
  get f64(): Float64Array {
    return new Float64Array(this.#memory.buffer, this.ptr, this.byteLength >>> 3);
  }

  get i32(): Int32Array {
    return new Int32Array(this.#memory.buffer, this.ptr, this.length);
  }

  get u32(): Uint32Array {
    return new Uint32Array(this.#memory.buffer, this.ptr, this.length);
  }

  get i8(): Int8Array {
    return new Int8Array(this.#memory.buffer, this.ptr, this.byteLength);
  }

  get u8(): Uint8Array {
    return new Uint8Array(this.#memory.buffer, this.ptr, this.byteLength);
  }

  /** Words [from, to) of this span, without a copy and without ownership. */
  words(from: number, to: number = this.length): Span {
    if (!(from >= 0 && from <= to && to <= this.length)) {
      throw new RangeError(`Span.words: [${from}, ${to}) does not lie in [0, ${this.length})`);
    }
    return new Span(this.#memory, this.ptr + 4 * from, 4 * (to - from));
  }
}

/** A span that owns its bytes until `free()`. A second `free()` throws. */
export class Block extends Span {
  readonly #arena: Arena;
  #freed = false;

  constructor(arena: Arena, ptr: number, byteLength: number) {
    super(arena.memory, ptr, byteLength);
    this.#arena = arena;
  }

  get freed(): boolean {
    return this.#freed;
  }

  free(): void {
    if (this.#freed) throw new RangeError(`Block.free: the block at ${this.ptr} was already freed`);
    this.#freed = true;
    this.#arena.release(this.ptr, this.byteLength);
  }
}

interface Freed {
  free(): void;
}

/** Hands out what `work` asks to be held, and frees it at the end, however that comes. */
export const withHeld = <T>(work: (hold: <H extends Freed>(held: H) => H) => T): T => {
  const all: Freed[] = [];
  try {
    return work((held) => {
      all.push(held);
      return held;
    });
  } finally {
    for (const held of all) held.free();
  }
};

/** First fit over the free ranges, sorted by address; neighbours are joined as they come back. */
export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #top: number;
  #bytesInUse = 0;
  #blocksInUse = 0;

  constructor(memory: WebAssembly.Memory, base: number) {
    this.memory = memory;
    this.#top = roundUp(base, ALIGNMENT);
  }

  /** Bytes handed out and not yet given back, alignment included. */
  get bytesInUse(): number {
    return this.#bytesInUse;
  }

  get blocksInUse(): number {
    return this.#blocksInUse;
  }

  /** Bytes that the WebAssembly memory has grown to. It never shrinks; freed ranges are used again. */
  get bytesReserved(): number {
    return this.memory.buffer.byteLength;
  }

  /** A block of n 4-byte words. What it holds is not defined. */
  alloc(words: number): Block {
    return this.allocBytes(4 * words);
  }

  /** A block of n bytes, aligned to 16. @throws RangeError on a bad size, or when 4 GiB are used up */
  allocBytes(byteLength: number): Block {
    if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
      throw new RangeError(`Arena.alloc: a size must be a whole number from 0, got ${byteLength} bytes`);
    }
    const size = footprint(byteLength);
    const ptr = this.#reuse(size) ?? this.#extend(size);
    this.#bytesInUse += size;
    this.#blocksInUse += 1;
    return new Block(this, ptr, byteLength);
  }

  /** For Block.free alone. */
  release(ptr: number, byteLength: number): void {
    const size = footprint(byteLength);
    this.#bytesInUse -= size;
    this.#blocksInUse -= 1;
    const at = this.#rangeAfter(ptr);
    const joinsLeft = at > 0 && this.#ends[at - 1] === ptr;
    const joinsRight = at < this.#starts.length && this.#starts[at] === ptr + size;
    if (joinsLeft && joinsRight) {
      this.#ends[at - 1] = this.#ends[at]!;
      this.#starts.splice(at, 1);
      this.#ends.splice(at, 1);
    } else if (joinsLeft) this.#ends[at - 1] = ptr + size;
    else if (joinsRight) this.#starts[at] = ptr;
    else {
      this.#starts.splice(at, 0, ptr);
      this.#ends.splice(at, 0, ptr + size);
    }
    if (this.#ends.at(-1) === this.#top) {
      this.#top = this.#starts.pop()!;
      this.#ends.pop();
    }
  }

  #reuse(size: number): number | undefined {
    const at = this.#starts.findIndex((start, i) => this.#ends[i]! - start >= size);
    if (at < 0) return undefined;
    const ptr = this.#starts[at]!;
    this.#starts[at] = ptr + size;
    if (this.#starts[at] === this.#ends[at]) {
      this.#starts.splice(at, 1);
      this.#ends.splice(at, 1);
    }
    return ptr;
  }

  #extend(size: number): number {
    const ptr = this.#top;
    const missing = ptr + size - this.memory.buffer.byteLength;
    if (missing > 0) {
      try {
        this.memory.grow(Math.ceil(missing / PAGE));
      } catch (thrown) {
        const held = `${this.#bytesInUse} bytes are in use`;
        throw new RangeError(`Arena.alloc: no room for ${size} more bytes, ${held}`, { cause: thrown });
      }
    }
    this.#top = ptr + size;
    return ptr;
  }

  /** Index of the first free range that starts after ptr. */
  #rangeAfter(ptr: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! < ptr) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const roundUp = (n: number, step: number): number => Math.ceil(n / step) * step;
const footprint = (byteLength: number): number => Math.max(ALIGNMENT, roundUp(byteLength, ALIGNMENT));
