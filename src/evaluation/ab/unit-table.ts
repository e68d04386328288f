/** Exposures and what came of them, a row each, as columns of the same length. */
export interface ExposureRows {
  readonly unit: Uint32Array;
  readonly arm: Uint8Array;
  /** Amounts that are summed over a unit's rows, by name. */
  readonly amounts: Readonly<Record<string, Float32Array | Uint8Array>>;
}

/** A row for each unit that was exposed, in order of first exposure. */
export interface UnitTable {
  readonly unit: Uint32Array;
  readonly arm: Uint8Array;
  /** Rows of each unit. */
  readonly exposures: Float64Array;
  readonly sums: Readonly<Record<string, Float64Array>>;
  /** Units that met more than one arm; they are left out, for no arm can answer for them. */
  readonly crossed: number;
}

/**
 * Sums by unit, in one pass over each column. The arm is that of the unit's first row.
 * @throws RangeError on columns of unequal length, or a unit that is not below `units`
 */
export const tableOfUnits = ({ unit, arm, amounts }: ExposureRows, units: number): UnitTable => {
  const rows = unit.length;
  for (const [name, column] of [['arm', arm] as const, ...Object.entries(amounts)]) {
    if (column.length !== rows) {
      throw new RangeError(`exposures: expected ${rows} values of ${name}, got ${column.length}`);
    }
  }
  const CROSSED = 0xff;
  const place = new Int32Array(units).fill(-1);
  const ids = new Uint32Array(Math.min(units, rows));
  const arms = new Uint8Array(ids.length);
  const placeOfRow = new Int32Array(rows);
  const exposures = new Float64Array(ids.length);
  let count = 0;
  let crossed = 0;
  for (let row = 0; row < rows; row++) {
    const id = unit[row];
    if (id >= units) throw new RangeError(`exposure ${row}: expected a unit below ${units}, got ${id}`);
    let at = place[id];
    if (at < 0) {
      at = place[id] = count++;
      ids[at] = id;
      arms[at] = arm[row];
    } else if (arms[at] !== arm[row] && arms[at] !== CROSSED) {
      arms[at] = CROSSED;
      crossed++;
    }
    placeOfRow[row] = at;
    exposures[at]++;
  }
  const sums: Record<string, Float64Array> = {};
  for (const [name, column] of Object.entries(amounts)) {
    const sum = new Float64Array(count);
    for (let row = 0; row < rows; row++) sum[placeOfRow[row]] += column[row];
    sums[name] = sum;
  }
  const table = {
    unit: ids.slice(0, count),
    arm: arms.slice(0, count),
    exposures: exposures.slice(0, count),
    sums,
  };
  return { ...table, crossed };
};
