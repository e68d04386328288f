/** What the compiled module exports. Pointers are byte addresses (0: not given); counts are elements. */

export const UNARY_OPS = [
  ...(['abs', 'neg', 'square', 'sqrt', 'rsqrt', 'reciprocal', 'exp', 'log', 'sigmoid', 'tanh'] as const),
  ...(['softplus', 'relu', 'relu6', 'step', 'sign', 'floor', 'ceil', 'round', 'elu'] as const),
] as const;

export const BINARY_OPS = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'squaredDifference'] as const;

export type UnaryOp = (typeof UNARY_OPS)[number];
export type BinaryOp = (typeof BINARY_OPS)[number];

/** Argument lists with names, so that a call site can be read against the AssemblyScript source. */
type PackB = [b: number, rs: number, cs: number, k: number, n: number, out: number, from: number, to: number];
type GemmLeft = [a: number, rs: number, cs: number, packed: number, c: number, ldc: number];
type GemmShape = [m: number, k: number, n: number, add: number, work: number];
type GemvRow = [a: number, as: number, b: number, rs: number, c: number, k: number, n: number, add: number];
type Scan = [q: number, rows: number, stride: number, n: number, d: number, out: number];
type ScanIds = [q: number, rows: number, stride: number, ids: number, n: number, d: number, out: number];
type ScanInt8 = [
  q: number,
  rows: number,
  stride: number,
  n: number,
  d: number,
  scale: number,
  scales: number,
];
type Cells = [codes: number, scales: number, starts: number, cells: number, count: number];
type Operand = [ptr: number, rowStride: number, columnStride: number];
type CrossEntropyIn = [logits: number, m: number, n: number, targets: number, scale: number, bias: number];
type CrossEntropyOut = [rowIds: number, columnIds: number, gradScale: number, loss: number];
type Triangle = [factor: number, z: number, pull: number, x: number, n: number, from: number, d: number];
type Table = [table: number, rows: number, d: number, ids: number, n: number];
type Bag = [ids: number, weights: number, offsets: number, bags: number, mean: number];
type AdamRates = [
  rate1: number,
  root2: number,
  b1: number,
  b2: number,
  rest1: number,
  rest2: number,
  eps: number,
];

interface NamedKernels {
  readonly heapBase: WebAssembly.Global;
  packedBFloats(k: number, n: number): number;
  gemmWorkFloats(): number;
  packB(...args: PackB): void;
  gemmPacked(...args: [...GemmLeft, ...GemmShape]): void;
  gemvRow(...args: GemvRow): void;
  dot(q: number, row: number, d: number): number;
  scan(...args: Scan): void;
  scanIds(...args: ScanIds): void;
  scanInt8(...args: [...ScanInt8, out: number, wide: number]): void;
  scanCells(
    ...args: [q: number, ...Cells, d: number, scale: number, out: number, rows: number, wide: number]
  ): void;
  argMaxRows(x: number, bias: number, m: number, n: number, ids: number, best: number): void;
  topKWorkWords(n: number, k: number): number;
  topK(scores: number, n: number, k: number, ids: number, values: number, work: number): number;
  softmaxRows(x: number, out: number, m: number, n: number): void;
  logSoftmaxRows(x: number, out: number, m: number, n: number): void;
  softmaxCrossEntropy(...args: [...CrossEntropyIn, ...CrossEntropyOut]): void;
  sumLast(x: number, m: number, n: number, scale: number, out: number): void;
  maxLast(x: number, m: number, n: number, out: number): void;
  sumFirst(x: number, m: number, n: number, stride: number, scale: number, out: number): void;
  maxFirst(x: number, m: number, n: number, stride: number, out: number): void;
  transpose(x: number, m: number, n: number, out: number): void;
  copyRows(x: number, xStride: number, rows: number, d: number, out: number, outStride: number): void;
  gatherRows(...args: [...Table, out: number]): void;
  scatterAddRows(...args: [...Table, values: number]): void;
  embeddingBag(...args: [table: number, d: number, ...Bag, out: number]): void;
  embeddingBagBackward(
    ...args: [d: number, ...Bag, gradOut: number, slots: number, unique: number, grads: number]
  ): number;
  rotateIn(factor: number, z: number, x: number, d: number, y: number, turns: number): number;
  solveLower(...args: [...Triangle, lanes: number, rows: number, means: number, squares: number]): void;
  adam(...args: [p: number, m: number, v: number, g: number, n: number, ...AdamRates]): void;
  adamRows(
    ...args: [p: number, m: number, v: number, ids: number, rows: number, d: number, g: number, ...AdamRates]
  ): void;
}

type UnaryKernels = { readonly [K in UnaryOp as `unary_${K}`]: (x: number, out: number, n: number) => void };
type BinaryKernels = {
  readonly [K in BinaryOp as `binary_${K}`]: (
    ...args: [...a: Operand, ...b: Operand, out: number, m: number, n: number]
  ) => void;
};

export type NativeKernels = NamedKernels & UnaryKernels & BinaryKernels;
