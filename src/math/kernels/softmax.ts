/** Softmax of rows, and softmax cross-entropy together with its gradient. */
import type { KernelCore } from './core.ts';
import type { Span } from './memory.ts';
import { checkCounts, checkIds, checkWords } from './shape.ts';

export interface RowsArgs {
  readonly x: Span;
  readonly m: number;
  readonly n: number;
  /** [m, n], written. */
  readonly out: Span;
}

export interface CrossEntropyArgs {
  /** [m, n]; replaced by the gradient. */
  readonly logits: Span;
  readonly m: number;
  readonly n: number;
  /** [m] target column of each row (i32). */
  readonly targets: Span;
  /** [m], written. */
  readonly loss: Span;
  /** Factor of the logits, 1 / temperature; default 1. */
  readonly scale?: number;
  /** [n] subtracted from every row after scaling, for instance log Q of the column's item. */
  readonly bias?: Span;
  /** Columns with the row's own id are left out of its softmax, except for the target: accidental hits. */
  readonly hits?: { readonly rowIds: Span; readonly columnIds: Span };
  /** Factor of the gradient; default 1. 1 / m gives that of the mean loss. */
  readonly gradScale?: number;
}

export interface SoftmaxKernels {
  /** out[i, j] = e^x[i, j] / sum over j. `out` may be `x`. */
  softmaxRows(args: RowsArgs): void;
  /** Logarithm of softmaxRows, without its underflow. @throws RangeError if `out` is `x` */
  logSoftmaxRows(args: RowsArgs): void;
  /**
   * z = scale * logits - bias; loss[i] = log(sum_j e^z[i, j]) - z[i, target]; the logits become
   * gradScale * scale * (softmax(z) - onehot(target)), the gradient with respect to the logits as given.
   * @throws RangeError on a target that is not a column
   */
  softmaxCrossEntropy(args: CrossEntropyArgs): void;
}

/** Exponentials that make up for waking a worker. */
const GRAIN = 1 << 16;

export function softmaxKernels(core: KernelCore): SoftmaxKernels {
  const rowsOf = (m: number, n: number) => core.split(m, { grain: Math.ceil(GRAIN / (n + 1)), align: 1 });
  const eachRow = (kernel: 'softmaxRows' | 'logSoftmaxRows', { x, m, n, out }: RowsArgs): void =>
    core.run(
      kernel,
      rowsOf(m, n).map(([from, to]) => [x.ptr + 4 * from * n, out.ptr + 4 * from * n, to - from, n]),
    );
  return {
    softmaxRows({ x, m, n, out }) {
      checkRows('softmaxRows', { x, m, n, out });
      eachRow('softmaxRows', { x, m, n, out });
    },
    logSoftmaxRows({ x, m, n, out }) {
      checkRows('logSoftmaxRows', { x, m, n, out });
      if (out.ptr === x.ptr && m * n > 0) throw new RangeError('logSoftmaxRows: out must not be x');
      eachRow('logSoftmaxRows', { x, m, n, out });
    },
    softmaxCrossEntropy({ logits, m, n, targets, loss, scale = 1, bias, hits, gradScale = 1 }) {
      const where = 'softmaxCrossEntropy';
      checkCounts(where, { m, n });
      checkWords(where, 'logits', logits, m * n);
      checkIds(where, 'targets', targets, m, n);
      checkWords(where, 'loss', loss, m);
      if (bias !== undefined) checkWords(where, 'bias', bias, n);
      if (hits !== undefined) {
        checkWords(where, 'hits.rowIds', hits.rowIds, m);
        checkWords(where, 'hits.columnIds', hits.columnIds, n);
      }
      const [rowIds, columnIds] = [hits?.rowIds.ptr ?? 0, hits?.columnIds.ptr ?? 0];
      core.run(
        where,
        rowsOf(m, n).map(([from, to]) => {
          const input = [
            logits.ptr + 4 * from * n,
            to - from,
            n,
            targets.ptr + 4 * from,
            scale,
            bias?.ptr ?? 0,
          ];
          return [...input, rowIds && rowIds + 4 * from, columnIds, gradScale, loss.ptr + 4 * from];
        }),
      );
    },
  };
}

function checkRows(where: string, { x, m, n, out }: RowsArgs): void {
  checkCounts(where, { m, n });
  checkWords(where, 'x', x, m * n);
  checkWords(where, 'out', out, m * n);
}
