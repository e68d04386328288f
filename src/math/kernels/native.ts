/** What the compiled module exports. Pointers are byte addresses; counts are elements. */
export interface NativeKernels {
  readonly heapBase: WebAssembly.Global;
  packedBFloats(k: number, n: number): number;
  gemmWorkFloats(): number;
  packB(b: number, rs: number, cs: number, k: number, n: number, out: number, from: number, to: number): void;
  gemmPacked(
    ...args: [
      a: number,
      rs: number,
      cs: number,
      packed: number,
      c: number,
      ldc: number,
      m: number,
      k: number,
      n: number,
      add: number,
      work: number,
    ]
  ): void;
  gemvRow(a: number, as: number, b: number, rs: number, c: number, k: number, n: number, add: number): void;
  dot(q: number, row: number, d: number): number;
  scan(q: number, rows: number, stride: number, n: number, d: number, out: number): void;
  scanIds(q: number, rows: number, stride: number, ids: number, n: number, d: number, out: number): void;
}
