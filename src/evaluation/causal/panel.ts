/** What units, such as markets, did in each period, such as weeks. */
export interface Panel {
  readonly units: number;
  readonly periods: number;
  readonly values: Float64Array; // [units, periods]
}

/** @throws RangeError unless the values fill the panel and both sides of `from` have so many periods */
export const expectPanel = ({ units, periods, values }: Panel, from: number, leastBefore: number): void => {
  if (values.length !== units * periods) {
    throw new RangeError(`panel: expected ${units} x ${periods} values, got ${values.length}`);
  }
  if (!(from >= leastBefore && from < periods)) {
    throw new RangeError(
      `panel: expected the change after ${leastBefore} periods or more of ${periods}, got ${from}`,
    );
  }
};

/** Mean of a unit over the periods from `from` up to `to`. */
export const meanOver = ({ periods, values }: Panel, unit: number, from: number, to: number): number => {
  let sum = 0;
  for (let t = from; t < to; t++) sum += values[unit * periods + t];
  return sum / (to - from);
};
