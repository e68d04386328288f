/** Exposures and what came of them, a row each, as columns of the same length. */
export interface ExposureRows {
  readonly unit: Uint32Array;
  readonly arm: Uint8Array;
  /** Amounts that are summed over a unit's rows, by name. */
  readonly amounts: Readonly<Record<string, Float32Array | Uint8Array>>;
}

/** A row for each unit that was exposed, ascending. */
export interface UnitTable {
  readonly unit: Uint32Array;
  /** 255 for units that met more than one arm: no arm can answer for them, and no test reads them. */
  readonly arm: Uint8Array;
  /** Rows of each unit. */
  readonly exposures: Float64Array;
  readonly sums: Readonly<Record<string, Float64Array>>;
  /** How many units met more than one arm. */
  readonly crossed: number;
}

const CROSSED = 255;
const NOT_EXPOSED = 254;

/**
 * Sums by unit, in one pass over each column.
 * @throws RangeError on columns of unequal length, an arm above 253, or a unit that is not below `units`
 */
export const tableOfUnits = ({ unit, arm, amounts }: ExposureRows, units: number): UnitTable => {
  const rows = unit.length;
  for (const [name, column] of [['arm', arm] as const, ...Object.entries(amounts)]) {
    if (column.length !== rows) {
      throw new RangeError(`exposures: expected ${rows} values of ${name}, got ${column.length}`);
    }
  }
  const arms = new Uint8Array(units).fill(NOT_EXPOSED);
  const exposures = new Float64Array(units);
  let crossed = 0;
  for (let row = 0; row < rows; row++) {
    const id = unit[row];
    if (id >= units) throw new RangeError(`exposure ${row}: expected a unit below ${units}, got ${id}`);
    if (arm[row] >= NOT_EXPOSED) throw new RangeError(`exposure ${row}: expected an arm, got ${arm[row]}`);
    exposures[id]++;
    if (arms[id] === arm[row] || arms[id] === CROSSED) continue;
    if (arms[id] !== NOT_EXPOSED) crossed++;
    arms[id] = arms[id] === NOT_EXPOSED ? arm[row] : CROSSED;
  }
  const met = Uint32Array.from(arms.keys()).filter((id) => arms[id] !== NOT_EXPOSED);
  const ofMet = (column: Float64Array): Float64Array => {
    const kept = new Float64Array(met.length);
    for (let i = 0; i < met.length; i++) kept[i] = column[met[i]];
    return kept;
  };
  const sums: Record<string, Float64Array> = {};
  for (const [name, column] of Object.entries(amounts)) {
    const sum = new Float64Array(units);
    for (let row = 0; row < rows; row++) sum[unit[row]] += column[row];
    sums[name] = ofMet(sum);
  }
  return {
    unit: met,
    arm: Uint8Array.from(met, (id) => arms[id]),
    exposures: ofMet(exposures),
    sums,
    crossed,
  };
};
