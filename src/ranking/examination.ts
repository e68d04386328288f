import type { Impressions } from '../domain/tables.ts';

/** P(examined) of a place relative to the first place of the same device, factorised by row and position. */
export interface ExaminationEstimate {
  readonly devices: number;
  readonly rows: number;
  readonly positions: number;
  readonly row: Float64Array; // [devices, rows]; 1 at row 0
  readonly position: Float64Array; // [devices, positions]; 1 at position 0
}

/** The policy whose places all draw from the same titles, so that clicks by place differ by examination alone. */
const RANDOM_SLOT_POLICY = 'random-slot';
const SWEEPS = 20;

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

/**
 * The examination curve behind clicks in places whose titles were drawn alike.
 *   P(click at place) = click rate of the titles * row_r * position_p,  row_0 = position_0 = 1
 * fitted by iterative proportional scaling of clicks to impressions, device by device. Rows of impressions
 * from `from` to `to`; the policies with equal mixtures in every place are used where there are any, else
 * all, which then carries what the old ranking knew into the curve.
 * @see Deming & Stephan, 1940 (proportional fitting); Joachims et al., WSDM 2017 (position-based model)
 */
export const estimateExamination = (
  impressions: Impressions,
  from: number,
  to: number,
): ExaminationEstimate => {
  let rows = 1;
  let positions = 1;
  let devices = 1;
  for (let i = from; i < to; i++) {
    rows = Math.max(rows, impressions.row[i] + 1);
    positions = Math.max(positions, impressions.position[i] + 1);
    devices = Math.max(devices, impressions.device[i] + 1);
  }
  const randomSlot = impressions.policies.indexOf(RANDOM_SLOT_POLICY);
  const shown = new Float64Array(devices * rows * positions);
  const clicks = new Float64Array(shown.length);
  const count = (only: number): number => {
    let used = 0;
    for (let i = from; i < to; i++) {
      if (only >= 0 && impressions.policy[i] !== only) continue;
      const cell = (impressions.device[i] * rows + impressions.row[i]) * positions + impressions.position[i];
      shown[cell]++;
      clicks[cell] += impressions.clicked[i];
      used++;
    }
    return used;
  };
  if (randomSlot < 0 || count(randomSlot) === 0) count(-1);

  const row = new Float64Array(devices * rows).fill(1);
  const position = new Float64Array(devices * positions).fill(1);
  for (let device = 0; device < devices; device++) {
    const at = (r: number, p: number): number => (device * rows + r) * positions + p;
    const r0 = device * rows;
    const p0 = device * positions;
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      for (let r = 0; r < rows; r++) {
        let seen = 0;
        let expected = 0;
        for (let p = 0; p < positions; p++) {
          seen += clicks[at(r, p)];
          expected += shown[at(r, p)] * position[p0 + p];
        }
        row[r0 + r] = expected > 0 ? (seen + 0.5) / (expected + 0.5) : 1;
      }
      for (let p = 0; p < positions; p++) {
        let seen = 0;
        let expected = 0;
        for (let r = 0; r < rows; r++) {
          seen += clicks[at(r, p)];
          expected += shown[at(r, p)] * row[r0 + r];
        }
        position[p0 + p] = expected > 0 ? (seen + 0.5) / (expected + 0.5) : 1;
      }
    }
    const firstRow = row[r0];
    const firstPosition = position[p0];
    for (let r = 0; r < rows; r++) row[r0 + r] /= firstRow;
    for (let p = 0; p < positions; p++) position[p0 + p] /= firstPosition;
  }
  return { devices, rows, positions, row, position };
};
