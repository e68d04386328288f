import type { ExaminationEstimate } from '../examination.ts';

/** P(a place is examined), or anything proportional to it, from the 0-based row and column and the device's code. */
export type ExaminationWeight = (row: number, column: number, device: number) => number;

/** What is assumed of a page that no log tells of. */
const UNSEEN = { row: 0.85, column: 0.9 };

/**
 * The curve behind the logs, carried on beyond the places that were seen: the logged page may have had fewer
 * rows and columns than this one, and there each step loses what it lost on average in the logs. A device that
 * was not seen, or an axis with one place alone, falls by 0.85 a row and 0.9 a column.
 */
export const placeCurve = (estimate: ExaminationEstimate): ExaminationWeight => {
  const { devices, rows, positions, row, position } = estimate;
  return (r, column, device) => {
    const seen = device < devices;
    const ofRow = seen ? row.subarray(device * rows, (device + 1) * rows) : [1];
    const ofColumn = seen ? position.subarray(device * positions, (device + 1) * positions) : [1];
    return carriedOn(ofRow, r, UNSEEN.row) * carriedOn(ofColumn, column, UNSEEN.column);
  };
};

const carriedOn = (seen: ArrayLike<number>, at: number, unseen: number): number => {
  const last = seen.length - 1;
  if (at <= last) return seen[at];
  const step = last === 0 ? unseen : Math.min(1, (seen[last] / seen[0]) ** (1 / last));
  return seen[last] * step ** (at - last);
};
