/** Hours are down over a weekend: where from? Found by drilling down, with intervals that allow for the many looks. */
import { effectInterval, welchEffect } from '../../../evaluation/ab/effect.ts';
import type { Moments } from '../../../evaluation/ab/moments.ts';
import { readSegments } from '../../../evaluation/ab/segments.ts';
import { mean, variance } from '../../../math/statistics.ts';
import { simulateMemberDays, sumOfDays } from '../../../simulator/member-days.ts';
import { WORLD_VOCABULARY } from '../../../simulator/vocabulary.ts';
import type { Scenario, ScoredEstimate } from './contract.ts';

const WEEKENDS = 5;
const DAYS = 7 * WEEKENDS;
const COUNTRY = WORLD_VOCABULARY.countries.indexOf('BR');
const DEVICE = WORLD_VOCABULARY.devices.indexOf('mobile');
/** Of the device's minutes: a tenth of the country's. */
const LOST = 0.35;

export const regionalDrop: Scenario = ({ model, rng, small }) => {
  const members = small ? 150_000 : 300_000;
  const { row, minutes } = simulateMemberDays({
    model,
    rng: rng.fork('scenario:drop'),
    members,
    days: DAYS,
    from: DAYS,
  });
  const isHit = (m: number): boolean => model.country[row[m]] === COUNTRY && model.device[row[m]] === DEVICE;
  const usual = new Float64Array(members);
  for (let weekend = 0; weekend < WEEKENDS - 1; weekend++) {
    sumOfDays(minutes, DAYS, 7 * weekend + 5, 7 * weekend + 7).forEach((sum, m) => {
      usual[m] += sum / (WEEKENDS - 1);
    });
  }
  const untouched = sumOfDays(minutes, DAYS, DAYS - 2, DAYS);
  const weekend = untouched.map((sum, m) => (isHit(m) ? sum * (1 - LOST) : sum));
  /** This weekend less the mean of the four before, of each member. */
  const changes = weekend.map((sum, m) => sum - usual[m]);
  const cut = (name: string, holds: (m: number) => boolean) => {
    const inside = Uint32Array.from({ length: members }, (_, m) => m).filter(holds);
    const outside = Uint32Array.from({ length: members }, (_, m) => m).filter((m) => !holds(m));
    const of = (who: Uint32Array): Moments => {
      const values = Float64Array.from(who, (m) => changes[m]);
      return { n: who.length, mean: mean(values), variance: variance(values) };
    };
    const level = mean(Float64Array.from(inside, (m) => usual[m]));
    const lost = (who: Uint32Array): number => mean(Float64Array.from(who, (m) => weekend[m] - untouched[m]));
    return {
      name,
      holds,
      effect: welchEffect(of(outside), of(inside)),
      level,
      truth: (lost(inside) - lost(outside)) / level,
    };
  };
  const named = (words: readonly string[], column: Uint8Array, within: (m: number) => boolean, prefix = '') =>
    words.slice(1).map((word, i) => cut(`${prefix}${word}`, (m) => within(m) && column[row[m]] === i + 1));
  const scored = (cuts: ReturnType<typeof cut>[]): ScoredEstimate[] =>
    readSegments(cuts).segments.map(({ name, effect, interval }, i) => ({
      name,
      estimate: effect.estimate / cuts[i].level,
      interval: [interval[0] / cuts[i].level, interval[1] / cuts[i].level],
      truth: cuts[i].truth,
    }));
  const countries = named(WORLD_VOCABULARY.countries, model.country, () => true);
  const byCountry = scored(countries);
  // by the end of the interval: of small countries, some are far down by chance
  const worst = byCountry.reduce(
    (least, { interval }, i) => (interval[1] < byCountry[least].interval[1] ? i : least),
    0,
  );
  const devices = named(
    WORLD_VOCABULARY.devices,
    model.device,
    countries[worst].holds,
    `${countries[worst].name}, `,
  );
  const byDevice = scored(devices);
  const found = byDevice.filter(({ interval }) => interval[1] < 0);
  const [low, high] = effectInterval(countries[worst].effect);
  return {
    question: 'Hours are down in one region over a weekend: where from?',
    method: [
      `${members} members; each one's weekend beside the mean of their four weekends before, a cut beside all others`,
      `by country, then by device within the worst: ${countries[worst].name}, alone ${((100 * countries[worst].effect.estimate) / countries[worst].level).toFixed(1)} % [${((100 * low) / countries[worst].level).toFixed(1)}, ${((100 * high) / countries[worst].level).toFixed(1)}]`,
      'intervals of a level hold all together at 95 %',
    ],
    plots: [
      { title: 'change beside all others, by country', unit: 'share', estimates: byCountry },
      { title: `the same within ${countries[worst].name}, by device`, unit: 'share', estimates: byDevice },
    ],
    decision:
      found.length === 0 ? 'no cut stands out' : `look at ${found.map(({ name }) => name).join(', ')}`,
    reasons: found.map(
      ({ name, estimate }) =>
        `${name}: ${(100 * estimate).toFixed(0)} % beside all others, beyond what so many looks allow`,
    ),
    truth: `${WORLD_VOCABULARY.countries[COUNTRY]} on ${WORLD_VOCABULARY.devices[DEVICE]} lost ${100 * LOST} % of its minutes`,
  };
};
