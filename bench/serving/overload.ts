/** What is left of a server's capacity where much more is asked of it, how soon it says no, and to whom. */
import { heldTo, type Measurement } from '../../src/domain/measurement.ts';
import { latencyQuantile } from '../../src/experiments/latency.ts';
import { POOL_SIZE } from '../../src/serving/pipelines/scorer.ts';
import { type CapacityOptions, latenciesOf } from './capacity.ts';
import { isLate, isShed, isUseful, loadPages, type PageLoadResult, USEFUL_MS } from './page-load.ts';

export interface OverloadOptions extends CapacityOptions {
  /** Pages a second. */
  readonly capacity: number;
}

/** Small runs are of 2 s beside whatever else the machine does. */
const BUDGETS = {
  whole: { twice: 0.9, fivefold: 0.75, shedMs: 50, available: 0.994 },
  small: { twice: 0.5, fivefold: 0.25, shedMs: 500, available: 0.9 },
} as const;

export const measureOverload = async (options: OverloadOptions): Promise<Measurement[]> => {
  const { origin, memberIds, rng, small, capacity, machine } = options;
  const budgets = small ? BUDGETS.small : BUDGETS.whole;
  const seconds = small ? 3 : 15;
  const load = async (factor: number, prefetchShare = 0): Promise<PageLoadResult> => {
    const plan = { origin, memberIds, anew: true, prefetchShare };
    const label = `overload/${factor}/${prefetchShare}`;
    await loadPages({
      ...plan,
      requestsPerSecond: capacity / 2,
      seconds: 1,
      rng: rng.fork(`${label}/before`),
    });
    return loadPages({ ...plan, requestsPerSecond: factor * capacity, seconds, rng: rng.fork(label) });
  };
  const protocol = (factor: number, { generatorCores }: PageLoadResult): string =>
    `open loop, Poisson arrivals at ${factor} times the capacity of this run for ${seconds} s, each page made anew; ${machine}, of which the generator took ${generatorCores.toFixed(2)}`;

  const goodput = (name: string, factor: number, result: PageLoadResult, budget: number): Measurement => {
    const n = result.answers.length;
    const useful = result.answers.filter((answer) => isUseful(answer)).length;
    return heldTo(
      {
        ...{ name, n, unit: 'share', value: useful / seconds / capacity },
        definition: `personalised pages within ${USEFUL_MS} ms a second, as a share of the capacity; pages of a lower rung, which the others get, count as nothing; above 1 where pages were made of fewer candidates than at the capacity, where each has ${POOL_SIZE}`,
        protocol: protocol(factor, result),
      },
      budget,
      'at-least',
    );
  };
  const [twice, fivefold, mixed] = [await load(2), await load(5), await load(2, 0.5)];
  const all = [...twice.answers, ...fivefold.answers, ...mixed.answers];
  const [shed, late] = [all.filter(isShed), all.filter(isLate)];
  const everything = `at 2 and 5 times the capacity, and at 2 times with half of it prefetch; ${machine}`;
  const share = (of: readonly unknown[], whole: readonly unknown[]): number => of.length / whole.length;
  const people = mixed.answers.filter(({ isPrefetch }) => !isPrefetch);
  const prefetch = mixed.answers.filter(({ isPrefetch }) => isPrefetch);
  const inTime = (answers: typeof people) =>
    answers.filter(({ status, latencyMs }) => status === 200 && latencyMs <= USEFUL_MS);
  const personal = people.filter((answer) => isUseful(answer));
  return [
    goodput('overload.2x.goodput-share', 2, twice, budgets.twice),
    goodput('overload.5x.goodput-share', 5, fivefold, budgets.fivefold),
    ...(shed.length === 0
      ? []
      : [
          heldTo(
            {
              ...latencyQuantile('overload.shed.p99', latenciesOf(shed), 0.99),
              definition:
                'of requests that were turned away: 503 with Retry-After, or a ready page of a lower rung',
              protocol: everything,
            },
            budgets.shedMs,
          ),
        ]),
    {
      ...{ name: 'overload.late-share', value: share(late, all), n: all.length, unit: 'share' },
      definition:
        'requests that were taken on and whose page was then not made in time: they get one of a lower rung at the deadline, or no answer',
      protocol: everything,
    },
    heldTo(
      {
        ...{ name: 'overload.priority.availability', n: people.length, unit: 'share' },
        value: share(inTime(people), people),
        definition: `share of people's requests answered with a page within ${USEFUL_MS} ms while half of the load is prefetch`,
        baselines: [
          { name: 'prefetch', value: share(inTime(prefetch), prefetch) },
          { name: 'people, personalised alone', value: share(personal, people) },
        ],
        protocol: protocol(2, mixed),
      },
      budgets.available,
      'at-least',
    ),
  ];
};
