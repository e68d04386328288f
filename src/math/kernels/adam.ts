/** Adam steps in place: over whole arrays, or over chosen rows of a table. */
import type { KernelCore } from './core.ts';
import type { Span } from './memory.ts';
import { checkCounts, checkIds, checkWords } from './shape.ts';

export interface AdamRates {
  readonly learningRate: number;
  /** 1 for the first step. */
  readonly step: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

export interface AdamArgs extends AdamRates {
  /** Parameters and both moments, updated in place; the moments start as zeros. */
  readonly params: Span;
  readonly firstMoment: Span;
  readonly secondMoment: Span;
  readonly grads: Span;
}

export interface AdamKernels {
  /**
   * m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
   * p -= rate * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps), for all n parameters.
   * @see Kingma & Ba, ICLR 2015
   */
  adam(args: AdamArgs & { readonly n: number }): void;
  /**
   * The same for the rows `ids` (u32, `count` of them, all different) of tables [rows, d]; `grads` is [count, d].
   * A row that is not named keeps its moments as they are: they do not decay, as in TensorFlow's lazy Adam.
   */
  adamRows(
    args: AdamArgs & {
      readonly rows: number;
      readonly d: number;
      readonly ids: Span;
      readonly count: number;
    },
  ): void;
}

/** Parameters that make up for waking a worker. */
const GRAIN = 1 << 16;

export function adamKernels(core: KernelCore): AdamKernels {
  return {
    adam(args) {
      const { params, firstMoment, secondMoment, grads, n } = args;
      checkCounts('adam', { n, step: args.step });
      for (const [name, span] of Object.entries({ params, firstMoment, secondMoment, grads })) {
        checkWords('adam', name, span, n);
      }
      const rates = ratesOf(args);
      core.run(
        'adam',
        core.split(n, { grain: GRAIN, align: 4 }).map(([from, to]) => {
          const state = [params, firstMoment, secondMoment, grads].map((span) => span.ptr + 4 * from);
          return [...state, to - from, ...rates];
        }),
      );
    },
    adamRows(args) {
      const { params, firstMoment, secondMoment, grads, rows, d, ids, count } = args;
      checkCounts('adamRows', { rows, d, count, step: args.step });
      for (const [name, span] of Object.entries({ params, firstMoment, secondMoment })) {
        checkWords('adamRows', name, span, rows * d);
      }
      checkWords('adamRows', 'grads', grads, count * d);
      checkIds('adamRows', 'ids', ids, count, rows);
      const rates = ratesOf(args);
      core.run(
        'adamRows',
        core.split(count, { grain: Math.ceil(GRAIN / (d + 1)), align: 1 }).map(([from, to]) => {
          const state = [params.ptr, firstMoment.ptr, secondMoment.ptr, ids.ptr + 4 * from];
          return [...state, to - from, d, grads.ptr + 4 * from * d, ...rates];
        }),
      );
    },
  };
}

function ratesOf({ learningRate, step, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 }: AdamRates) {
  const rate1 = learningRate / (1 - beta1 ** step);
  const root2 = 1 / Math.sqrt(1 - beta2 ** step);
  return [rate1, root2, beta1, beta2, 1 - beta1, 1 - beta2, epsilon] as const;
}
