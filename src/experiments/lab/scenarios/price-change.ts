/** A price change, decided by market and not by member: nothing is randomised. */
import { effectInterval } from '../../../evaluation/ab/effect.ts';
import { differenceInDifferences } from '../../../evaluation/causal/difference-in-differences.ts';
import { syntheticControl } from '../../../evaluation/causal/synthetic-control.ts';
import { simulateMemberDays } from '../../../simulator/member-days.ts';
import { drawMarkets, weeklyMinutes } from '../market-panels.ts';
import type { Scenario } from './contract.ts';

const MARKETS = 40;
const CHANGED = 12;
const WEEKS = 20;
const FROM = 14;
const FACTOR = 0.92;

export const priceChange: Scenario = ({ model, rng, small }) => {
  const own = rng.fork('scenario:price');
  const members = small ? 8_000 : 20_000;
  const days = simulateMemberDays({ model, rng: own, members, days: 7 * WEEKS, from: 0 });
  const treated = Uint8Array.from({ length: MARKETS }, (_, market) => (market < CHANGED ? 1 : 0));
  const panel = drawMarkets(weeklyMinutes(days), {
    rng: own.fork('markets'),
    markets: MARKETS,
    membersEach: 1_000,
    weeks: WEEKS,
    treated,
    from: FROM,
    factor: FACTOR,
  });
  const { effect, preTrend } = differenceInDifferences(panel, treated, FROM);
  const untouched = {
    units: MARKETS - CHANGED + 1,
    periods: WEEKS,
    values: Float64Array.from([
      ...panel.values.subarray(0, WEEKS),
      ...panel.values.subarray(CHANGED * WEEKS),
    ]),
  };
  const twin = syntheticControl(untouched, 0, FROM);
  const truth = Math.log(FACTOR);
  const before = panel.values.subarray(0, CHANGED * WEEKS);
  const plain = meanChange(before, WEEKS, FROM);
  const interval = effectInterval(effect);
  return {
    question: `Watch time after a price change in ${CHANGED} of ${MARKETS} markets: what did the change do?`,
    method: [
      `log minutes of a member by market and week; ${FROM} weeks before, ${WEEKS - FROM} after; a market is one observation`,
      `the changed markets alone, after less before: ${(100 * plain).toFixed(1)} %, season and all`,
      `slopes before the change differ by ${(100 * preTrend.estimate).toFixed(2)} % a week, p = ${preTrend.p.toFixed(2)}: ${preTrend.p > 0.05 ? 'nothing speaks against parallel trends' : 'trends were not parallel, so the difference is in doubt'}`,
      `one market beside its synthetic twin of ${twin.weights.filter((w) => w > 0.01).length} others: placebo p = ${twin.p.toFixed(2)}`,
    ],
    plots: [
      {
        title: 'effect on log minutes',
        unit: 'share',
        estimates: [
          { name: 'difference in differences', estimate: effect.estimate, interval, truth },
          { name: 'synthetic control, one market', ...twin, truth },
        ],
      },
    ],
    decision: interval[1] < 0 ? 'the price costs watch time' : 'no loss is shown',
    reasons: [
      `difference in differences ${(100 * effect.estimate).toFixed(1)} %, p = ${effect.p.toExponential(1)}`,
    ],
    truth: `the change takes ${(100 * (1 - FACTOR)).toFixed(0)} % of the minutes of the markets that got it`,
  };
};

/** Mean over rows of the mean after less the mean before. */
const meanChange = (values: Float64Array, periods: number, from: number): number => {
  let change = 0;
  for (let at = 0; at < values.length; at++) {
    change += at % periods >= from ? values[at] / (periods - from) : -values[at] / from;
  }
  return change / (values.length / periods);
};
