import type { Kernels } from '../math/kernels/kernels.ts';
import { sharedKernels } from '../math/kernels/kernels.ts';
import type { Block } from '../math/kernels/memory.ts';
import { lanesOf, type SolveLowerArgs } from '../math/kernels/triangular.ts';
import type { BanditRound } from './contract.ts';
import type { RidgeModel } from './ridge-model.ts';
import { sharedColumns } from './round.ts';

/**
 * The rows w_a = L^-1 x_a of one round's actions, all solved at once in kernel memory.
 * Leading feature columns in which all actions agree (the context) have one solution for all of
 * them, so it is found once, and costs nothing per action: put the context first.
 * What it gives holds until the next round is projected.
 */
export class ActionProjection {
  /** Leading columns in which all actions agree; `rows` says nothing of them. */
  shared = 0;
  /** Score of the shared columns' part: the same for all. */
  sharedMean = 0;
  /** Squared length of w_a in the shared columns: the same for all. */
  sharedSquare = 0;
  /** Numbers from one row of `rows` to the next. */
  lanes = 0;
  readonly #common: Float64Array; // [d] w in the shared columns
  #scratch: Scratch;

  constructor(featureSize: number) {
    this.#common = new Float64Array(featureSize);
    this.#scratch = scratchFor(featureSize, 1);
  }

  /** w_a in column i at `rows[i * lanes + a]`, for i >= shared. */
  get rows(): Float64Array {
    return this.#scratch.rows;
  }

  /** Score of each action by the columns that are not shared. */
  get means(): Float64Array {
    return this.#scratch.means;
  }

  /** Squared length of each w_a in the columns that are not shared. */
  get squares(): Float64Array {
    return this.#scratch.squares;
  }

  project(model: RidgeModel, round: BanditRound): void {
    this.shared = sharedColumns(round);
    this.lanes = lanesOf(round.actionCount);
    this.#scratch = scratchFor(model.size, round.actionCount);
    this.#solveShared(model, round.features);
    this.#scratch.solve(model, round, this.shared);
  }

  #solveShared({ factor, projection }: RidgeModel, features: Float32Array): void {
    const { pull } = this.#scratch;
    const common = this.#common;
    const { shared } = this;
    this.sharedMean = 0;
    this.sharedSquare = 0;
    if (shared === 0) {
      pull.fill(0);
      return;
    }
    for (let i = 0, row = 0; i < common.length; row += ++i) {
      const end = Math.min(i, shared);
      let sum = 0;
      for (let j = 0; j < end; j++) sum += factor[row + j] * common[j];
      pull[i] = sum;
      if (i >= shared) continue;
      const w = (features[i] - sum) / factor[row + i];
      common[i] = w;
      this.sharedMean += w * projection[i];
      this.sharedSquare += w * w;
    }
  }
}

/** Kernel memory for rounds of one feature size and up to so many lanes. */
class Scratch {
  readonly lanes: number;
  readonly rows: Float64Array;
  readonly means: Float64Array;
  readonly squares: Float64Array;
  /** What the shared columns take from each row. */
  readonly pull: Float64Array; // [d]
  readonly #kernels: Kernels;
  /** Made once, for a round is a matter of microseconds. */
  readonly #call: { -readonly [K in keyof SolveLowerArgs]: SolveLowerArgs[K] };
  readonly #blocks: readonly Block[];
  readonly #x: Float32Array;

  constructor(d: number, lanes: number) {
    const kernels = sharedKernels();
    const doubles = (n: number): Block => kernels.allocBytes(8 * n);
    const blocks = {
      pull: doubles(d),
      x: kernels.alloc(lanes * d),
      rows: doubles(lanes * d),
      means: doubles(lanes),
      squares: doubles(lanes),
    };
    this.lanes = lanes;
    this.rows = blocks.rows.f64;
    this.means = blocks.means.f64;
    this.squares = blocks.squares.f64;
    this.pull = blocks.pull.f64;
    this.#x = blocks.x.f32;
    this.#kernels = kernels;
    this.#blocks = Object.values(blocks);
    const unset = blocks.rows.words(0, 0);
    this.#call = { ...blocks, factor: unset, z: unset, n: 0, d, from: 0 };
  }

  solve({ spans }: RidgeModel, round: BanditRound, from: number): void {
    this.#x.set(round.features);
    this.#call.factor = spans.factor;
    this.#call.z = spans.projection;
    this.#call.n = round.actionCount;
    this.#call.from = from;
    this.#kernels.solveLower(this.#call);
  }

  free(): void {
    for (const block of this.#blocks) block.free();
  }
}

/** One for each feature size, which all policies of the process share: a round is projected and read in one go. */
const scratches = new Map<number, Scratch>();

const scratchFor = (featureSize: number, actionCount: number): Scratch => {
  const known = scratches.get(featureSize);
  if (known !== undefined && known.lanes >= actionCount) return known;
  known?.free();
  const made = new Scratch(featureSize, lanesOf(2 * actionCount));
  scratches.set(featureSize, made);
  return made;
};
