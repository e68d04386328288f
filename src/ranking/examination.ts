/** P(examined) of a place relative to the first place of the same device, factorised by row and position. */
export interface ExaminationEstimate {
  readonly devices: number;
  readonly rows: number;
  readonly positions: number;
  readonly row: Float64Array; // [devices, rows]; 1 at row 0
  readonly position: Float64Array; // [devices, positions]; 1 at position 0
}

/** P(examined) of a place, 1 at most; beyond the places that were seen, that of the last one seen. */
export const examinationOf = (
  estimate: ExaminationEstimate,
  device: number,
  row: number,
  position: number,
): number => {
  if (device >= estimate.devices) return 1;
  const r = Math.min(row, estimate.rows - 1);
  const p = Math.min(position, estimate.positions - 1);
  return Math.min(
    1,
    estimate.row[device * estimate.rows + r] * estimate.position[device * estimate.positions + p],
  );
};

/** An estimate that takes every place to be examined. */
export const FULLY_EXAMINED: ExaminationEstimate = {
  devices: 0,
  rows: 1,
  positions: 1,
  row: new Float64Array(0),
  position: new Float64Array(0),
};
