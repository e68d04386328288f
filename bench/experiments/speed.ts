/** How fast the world makes member-days, and how fast an experiment of ten million exposures is read. */
import { heldTo, type StageRow } from '../../src/domain/measurement.ts';
import { readScorecard } from '../../src/evaluation/ab/scorecard.ts';
import { type ExposureRows, tableOfUnits } from '../../src/evaluation/ab/unit-table.ts';
import type { Lab } from '../../src/experiments/lab/lab-world.ts';
import { quantile } from '../../src/math/statistics.ts';
import { simulateMemberDays } from '../../src/simulator/member-days.ts';

const STAGE = 'speed';
const ROUNDS = 5;

/** Seconds of processor time, of all threads: what else the machine does at the moment is not in them. */
const secondsOf = (run: () => void): number => {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
};

export const measureSpeed = (lab: Lab): StageRow[] => [memberDays(lab), analysis(lab)];

const memberDays = ({ model, rng, small }: Lab): StageRow => {
  const [members, days] = [small ? 5_000 : 20_000, 56];
  const rates = Float64Array.from({ length: ROUNDS }, (_, round) => {
    const seconds = secondsOf(() => {
      simulateMemberDays({ model, rng: rng.fork(`speed:${round}`), members, days, from: 28 });
    });
    return (members * days) / seconds;
  }).sort();
  return {
    stage: STAGE,
    measurement: heldTo(
      {
        name: 'world.member-days-per-second',
        value: quantile(rates, 0.5),
        unit: '1/s',
        n: ROUNDS,
        ci: [rates[0], rates[ROUNDS - 1]],
        definition:
          'member-days simulated in a second of processor time: visits, clicks, minutes, mood and leaving of each member on each day',
        protocol: `median of ${ROUNDS} runs of ${members} members over ${days} days, interval the slowest and the fastest; the first run warms up`,
      },
      500_000,
      'at-least',
    ),
  };
};

const analysis = ({ model, rng, small }: Lab): StageRow => {
  const wanted = small ? 1_000_000 : 10_000_000;
  const { rows, units } = drawExposures(model, rng.fork('exposures'), wanted);
  const before = Float64Array.from(units.before);
  const name = small ? 'analysis.1m.seconds' : 'analysis.10m.seconds';
  const seconds = Float64Array.from({ length: 3 }, () => secondsOf(() => read(rows, before, rng))).sort();
  return {
    stage: STAGE,
    measurement: heldTo(
      {
        name,
        value: quantile(seconds, 0.5),
        unit: 's',
        n: seconds.length,
        ci: [seconds[0], seconds[2]],
        definition:
          'processor time from exposures in rows to a verdict, one thread of work: sums by member, split, then Welch, proportion, delta method, CUPED, bootstrap and always-valid reading of four metrics, adjusted for being four',
        protocol: `${rows.unit.length} exposures (pages) of ${before.length} members, columns in memory; median of 3, interval the fastest and the slowest`,
      },
      5,
    ),
  };
};

const read = (rows: ExposureRows, before: Float64Array, rng: Lab['rng']): void => {
  const { unit, arm, exposures, sums } = tableOfUnits(rows, before.length);
  const covariate = Float64Array.from(unit, (m) => before[m]);
  const { minutes, clicks } = sums;
  readScorecard({
    arm,
    shares: [0.5, 0.5],
    plannedUnits: arm.length,
    rng: rng.fork('scorecard'),
    metrics: [
      { name: 'minutes', role: 'primary', better: 'more', kind: 'mean', values: minutes, covariate },
      { name: 'clicks', role: 'proxy', better: 'more', kind: 'mean', values: clicks, covariate },
      {
        name: 'click rate',
        role: 'guardrail',
        better: 'more',
        kind: 'ratio',
        values: clicks,
        denominator: exposures,
      },
      {
        name: 'watched',
        role: 'guardrail',
        better: 'more',
        kind: 'proportion',
        values: Uint8Array.from(clicks, (n) => (n > 0 ? 1 : 0)),
      },
    ],
  });
};

/** Pages of as many members as it takes, in order of time: the days are simulated in blocks of members. */
const drawExposures = (model: Lab['model'], rng: Lab['rng'], wanted: number) => {
  const days = 56;
  const block = 20_000;
  const unit = new Uint32Array(wanted);
  const arm = new Uint8Array(wanted);
  const clicks = new Uint8Array(wanted);
  const minutes = new Float32Array(wanted);
  const before: number[] = [];
  let count = 0;
  for (let b = 0; count < wanted; b++) {
    const simulated = simulateMemberDays({
      model,
      rng: rng.fork(`block:${b}`),
      members: block,
      days,
      from: 28,
    });
    for (let m = 0; m < block; m++) {
      before.push(simulated.minutes[m * days]);
      const which = rng.next() < 0.5 ? 0 : 1;
      for (let at = m * days; at < (m + 1) * days && count < wanted; at++) {
        for (let page = 0; page < simulated.visits[at] && count < wanted; page++) {
          unit[count] = b * block + m;
          arm[count] = which;
          clicks[count] = Math.floor(simulated.clicks[at] / simulated.visits[at]);
          minutes[count++] = simulated.minutes[at] / simulated.visits[at];
        }
      }
    }
  }
  return { rows: shuffled({ unit, arm, amounts: { clicks, minutes } }, rng), units: { before } };
};

/** Rows as a log has them: members come in any order, not one after another. */
const shuffled = ({ unit, arm, amounts }: ExposureRows, rng: Lab['rng']): ExposureRows => {
  const order = Uint32Array.from(unit.keys());
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(rng.next() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return {
    unit: order.map((i) => unit[i]),
    arm: Uint8Array.from(order, (i) => arm[i]),
    amounts: {
      clicks: Uint8Array.from(order, (i) => amounts['clicks'][i]),
      minutes: Float32Array.from(order, (i) => amounts['minutes'][i]),
    },
  };
};
