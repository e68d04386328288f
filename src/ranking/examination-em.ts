import type { ExaminationEstimate } from './examination.ts';

/** Impressions and clicks of each place, apart by stratum: titles of one stratum are about as likely to be clicked. */
export interface PlaceCounts {
  readonly strata: number;
  readonly shown: Float64Array; // [devices, rows, positions, strata]
  readonly clicks: Float64Array; // as `shown`
}

const MOST_STEPS = 400;
const SETTLED = 1e-5; // largest relative move of a factor in one step
/** Impressions for which the factors of all devices together count in one device's. */
const PRIOR_SHOWN = 50;
const LARGEST = 0.999; // of a probability, so that 1 - p stays above 0

/** Rounds of proportional fitting where nothing else moves. */
const ROUNDS = 20;

/**
 * The curve that clicks follow where every place draws from the same titles: P(click) = rate * row_r * position_p, by
 * proportional fitting of clicks to impressions, both [devices, rows, positions].
 * @see Deming & Stephan, 1940; Joachims et al., WSDM 2017 (position-based model)
 */
export const fitClickRates = (
  sizes: Pick<ExaminationEstimate, 'devices' | 'rows' | 'positions'>,
  clicks: Float64Array,
  shown: Float64Array,
): ExaminationEstimate => {
  const { devices, rows, positions } = sizes;
  const row = new Float64Array(devices * rows).fill(1);
  const position = new Float64Array(devices * positions).fill(1);
  const curve = { devices, rows, positions, row, position };
  for (let round = 0; round < ROUNDS; round++) fitFactors(curve, clicks, shown);
  return curve;
};

/**
 * The curve of largest likelihood under P(click) = row_r position_p g_s, by device, from `start` on. EM over two
 * things that no log holds, whether a place was examined (E) and whether its title attracts (A), with click = E and A:
 *   expect   P(E | no click) = e (1 - g) / (1 - e g),  P(A | no click) = g (1 - e) / (1 - e g),  e = row * position
 *   maximise g_s = the mean of A in stratum s; row and position by proportional fitting of the expected E
 * Rare places are kept sane twice: by the factorised form, and by `PRIOR_SHOWN`, which draws a device that was seldom
 * seen towards all devices.
 * `start` must not say 1 everywhere: where e is 1, EM holds every title without a click for examined and stays there.
 * @see Wang et al., WSDM 2018
 */
export const fitExamination = (counts: PlaceCounts, start: ExaminationEstimate): ExaminationEstimate => {
  const { devices, rows, positions } = start;
  const { strata, shown, clicks } = counts;
  const places = rows * positions;
  const row = start.row.slice();
  const position = start.position.slice();
  const shownAt = new Float64Array(devices * places);
  const shownOf = new Float64Array(devices * strata);
  const attractive = new Float64Array(devices * strata);
  for (let d = 0, cell = 0; d < devices; d++) {
    for (let place = 0; place < places; place++) {
      for (let s = 0; s < strata; s++, cell++) {
        shownAt[d * places + place] += shown[cell];
        shownOf[d * strata + s] += shown[cell];
        attractive[d * strata + s] += clicks[cell];
      }
    }
  }
  for (let s = 0; s < attractive.length; s++)
    attractive[s] = Math.min(LARGEST, (attractive[s] + 0.5) / (shownOf[s] + 1));

  const examined = new Float64Array(devices * places); // expected number of E
  const attracted = new Float64Array(devices * strata); // expected number of A
  for (let step = 0; step < MOST_STEPS; step++) {
    examined.fill(0);
    attracted.fill(0);
    for (let d = 0, cell = 0; d < devices; d++) {
      for (let place = 0; place < places; place++) {
        const e = Math.min(
          LARGEST,
          row[d * rows + Math.floor(place / positions)] * position[d * positions + (place % positions)],
        );
        for (let s = 0; s < strata; s++, cell++) {
          if (shown[cell] === 0) continue;
          const g = attractive[d * strata + s];
          const perUnclicked = (shown[cell] - clicks[cell]) / (1 - e * g);
          examined[d * places + place] += clicks[cell] + perUnclicked * e * (1 - g);
          attracted[d * strata + s] += clicks[cell] + perUnclicked * g * (1 - e);
        }
      }
    }
    for (let s = 0; s < attractive.length; s++)
      if (shownOf[s] > 0) attractive[s] = Math.min(LARGEST, (attracted[s] + 0.5) / (shownOf[s] + 1));
    const moved = fitFactors({ devices, rows, positions, row, position }, examined, shownAt);
    if (moved < SETTLED) break;
  }
  return { devices, rows, positions, row, position };
};

/**
 * One round of proportional fitting of rows, then positions, to the expected examinations, in place; then scaled to 1
 * at each first place. Returns the largest relative move of a factor.
 */
const fitFactors = (
  { devices, rows, positions, row, position }: ExaminationEstimate,
  examined: Float64Array,
  shown: Float64Array,
): number => {
  const before = [row.slice(), position.slice()];
  const adjust = (
    count: number,
    others: number,
    factor: Float64Array,
    other: Float64Array,
    byRow: boolean,
  ) => {
    const seen = new Float64Array(devices * count);
    const possible = new Float64Array(devices * count);
    for (let d = 0; d < devices; d++) {
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < others; j++) {
          const place = d * count * others + (byRow ? i * others + j : j * count + i);
          seen[d * count + i] += examined[place];
          possible[d * count + i] += shown[place] * other[d * others + j];
        }
      }
    }
    for (let i = 0; i < count; i++) {
      let [allSeen, allPossible] = [0, 0];
      for (let d = 0; d < devices; d++) {
        allSeen += seen[d * count + i];
        allPossible += possible[d * count + i];
      }
      const ofAll = allPossible > 0 ? allSeen / allPossible : 1;
      for (let d = 0; d < devices; d++) {
        const at = d * count + i;
        factor[at] = (seen[at] + PRIOR_SHOWN * ofAll) / (possible[at] + PRIOR_SHOWN);
      }
    }
  };
  adjust(rows, positions, row, position, true);
  adjust(positions, rows, position, row, false);
  let moved = 0;
  const settle = (factor: Float64Array, count: number, old: Float64Array): void => {
    for (let d = 0; d < devices; d++) {
      const first = factor[d * count];
      for (let i = d * count; i < (d + 1) * count; i++) {
        factor[i] /= first;
        moved = Math.max(moved, Math.abs(factor[i] / old[i] - 1));
      }
    }
  };
  settle(row, rows, before[0]);
  settle(position, positions, before[1]);
  return moved;
};
