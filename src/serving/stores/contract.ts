/** What the online half keeps: bytes under names. Features, artwork selections and events all live here. */

/** One change. `value: undefined` removes the key; with `ttlMs` the entry is gone that long after the write. */
export interface Write {
  readonly key: string;
  readonly value: Uint8Array | undefined;
  readonly ttlMs?: number;
}

export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** What to write, given what stood under the keys; `result` is handed on to who asked. */
export interface Verdict<T> {
  readonly writes: readonly Write[];
  readonly result: T;
}

/**
 * Keys are 1 to 512 printable ASCII characters, values any bytes, also none. A value given or returned
 * belongs to whoever got it. Reads see every write acknowledged before they were asked for, in whichever
 * process it was made. An entry past its ttl reads as absent; its space is free again once the key is
 * written anew, or sooner.
 *
 * What stands between the first pair of braces of a key, or else the whole key, is its partition:
 * `profile/{m42}` and `event/{m42}/e1` are of one. A store that is spread over several machines keeps a
 * partition on one of them, so what must change together belongs to one.
 *
 * Each method throws MarqueeError (dependency) when the store is away or closed, and RangeError on a key,
 * prefix or ttl that is none.
 */
export interface Store {
  readonly name: string;
  get(key: string): Promise<Uint8Array | undefined>;
  /** Aligned with `keys`. */
  getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  /**
   * Resolves when the entry is as safe as this store keeps anything: of an embedded one on disk, of one over
   * the network in the memory of the machine that holds it, which may yet lose it.
   */
  put(key: string, value: Uint8Array, ttlMs?: number): Promise<void>;
  /** As safe as `put`. Removing what is not there is no error. */
  delete(key: string): Promise<void>;
  /** Of each partition all writes or none, as safe as `put`. Of two writes to one key the later one stands. */
  batch(writes: readonly Write[]): Promise<void>;
  /**
   * Every key that begins with `prefix`, once, page by page and in no order. Keys that come or go meanwhile, and
   * those whose time is over, may be among them or not.
   */
  keys(prefix: string): AsyncIterable<readonly string[]>;
  /**
   * Reads the keys, decides, and writes: nobody else's write to these keys falls in between. Resolves with
   * the decision's result, as safe as `put`. `decide` may run more than once, so it changes nothing itself,
   * and writes to no key but those it was given. What it throws is thrown here, and nothing is written.
   * @throws RangeError when the keys are not of one partition
   */
  apply<T>(
    keys: readonly string[],
    decide: (current: readonly (Uint8Array | undefined)[]) => Verdict<T>,
  ): Promise<T>;
  /** Waits for writes under way. Calls after the first do nothing. */
  close(): Promise<void>;
}
