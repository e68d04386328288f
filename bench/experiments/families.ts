/** Twenty metrics at once, some of which the treatment moves: how many of those that are called moved are not. */
import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import { welchEffect } from '../../src/evaluation/ab/effect.ts';
import { momentsByArm } from '../../src/evaluation/ab/moments.ts';
import { benjaminiHochberg, holm } from '../../src/evaluation/ab/several.ts';
import { meanInterval } from '../../src/evaluation/mean-interval.ts';
import type { Lab } from '../../src/experiments/lab/lab-world.ts';
import { mean } from '../../src/math/statistics.ts';
import { simulateMemberDays, sumOfDays } from '../../src/simulator/member-days.ts';

const STAGE = 'many metrics';
const METRICS = 20;
/** Every fourth metric is moved, by so much that about half of them are found. */
const MOVED_EVERY = 4;
const MOVED_BY = 1.08;
const WEEKS = 5;

export const measureFamilies = ({ model, rng, small }: Lab): StageRow[] => {
  const members = small ? 20_000 : 60_000;
  const columns = metricColumns(
    simulateMemberDays({ model, rng: rng.fork('families'), members, days: 7 * WEEKS, from: 0 }),
  );
  const tests = small ? 400 : 2_000;
  const size = 4_000;
  const own = rng.fork('families-draws');
  const rates = { none: new Float64Array(tests), bh: new Float64Array(tests), holm: new Float64Array(tests) };
  let [found, wrongly] = [0, 0];
  const values = Array.from({ length: METRICS }, () => new Float64Array(size));
  const arm = new Uint8Array(size);
  for (let test = 0; test < tests; test++) {
    for (let i = 0; i < size; i++) {
      const m = Math.floor(own.next() * members);
      arm[i] = own.next() < 0.5 ? 0 : 1;
      for (let k = 0; k < METRICS; k++) {
        values[k][i] = columns[k][m] * (isMoved(k) && arm[i] === 1 ? MOVED_BY : 1);
      }
    }
    const p = values.map((column) => {
      const [control, treatment] = momentsByArm(column, arm, 2);
      return welchEffect(control, treatment).p;
    });
    const adjusted = benjaminiHochberg(p);
    rates.none[test] = falseShare(p);
    rates.bh[test] = falseShare(adjusted);
    const byHolm = holm(p);
    rates.holm[test] = falseShare(byHolm);
    if (byHolm.some((value, k) => value <= 0.05 && !isMoved(k))) wrongly++;
    found += adjusted.filter((value, k) => value <= 0.05 && isMoved(k)).length;
  }
  const protocol = `${METRICS} metrics (visits, clicks, minutes, days watched; ${WEEKS} weeks) of ${size} members in two arms, drawn from ${members} of the world's member-days; ${METRICS / MOVED_EVERY} metrics moved by ${Math.round(100 * (MOVED_BY - 1))} %, of which ${((100 * found) / (tests * (METRICS / MOVED_EVERY))).toFixed(0)} % are found; Holm has any false one in ${((100 * wrongly) / tests).toFixed(1)} % of families`;
  const measurement: Measurement = {
    name: 'bh.fdr',
    value: mean(rates.bh),
    unit: 'share',
    n: tests,
    ci: meanInterval(rates.bh),
    baselines: [
      { name: 'unadjusted', value: mean(rates.none) },
      { name: 'holm', value: mean(rates.holm) },
    ],
    definition:
      'false discovery rate at 5 %: mean over experiments of metrics called moved that are not, over metrics called moved (0 where none is); Benjamini and Hochberg',
    protocol,
  };
  return [{ stage: STAGE, measurement: heldTo(measurement, 0.05) }];
};

const isMoved = (metric: number): boolean => metric % MOVED_EVERY === 0;

const falseShare = (adjusted: ArrayLike<number>): number => {
  let [called, wrong] = [0, 0];
  for (let k = 0; k < METRICS; k++) {
    if (adjusted[k] > 0.05) continue;
    called++;
    if (!isMoved(k)) wrong++;
  }
  return called === 0 ? 0 : wrong / called;
};

const metricColumns = ({
  days,
  visits,
  clicks,
  minutes,
}: ReturnType<typeof simulateMemberDays>): Float64Array[] => {
  const watched = Uint8Array.from(clicks, (n) => (n > 0 ? 1 : 0));
  return Array.from({ length: WEEKS }, (_, week) =>
    [visits, clicks, minutes, watched].map((column) => sumOfDays(column, days, 7 * week, 7 * week + 7)),
  ).flat();
};
