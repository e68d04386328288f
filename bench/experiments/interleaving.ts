/** Two rankers on one page beside an A/B test of the same two: how many pages each needs, and whether they agree. */
import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { balanced, balancedCredit, teamDraft } from '../../src/evaluation/ab/interleaving.ts';
import type { Lab } from '../../src/experiments/lab/lab-world.ts';
import {
  drawRequests,
  type LabRequest,
  type RankerPair,
  rankerPair,
} from '../../src/experiments/lab/ranker-pairs.ts';
import { quantileRanks } from '../../src/math/quantile-interval.ts';
import { mean, normalQuantile, quantile, variance } from '../../src/math/statistics.ts';
import { shareOfTests } from './share.ts';

const STAGE = 'interleaving';
const CANDIDATES = 100;
/** A difference is real from this share of the clicks of a page on. */
const REAL = 0.02;
/** Pages for each of the two rankers' members in the A/B test; interleaving gets a tenth of them all. */
const PAGES_PER_ARM = 20_000;
/** Power 0.8 at two-sided 5 %. */
const NORMAL_BARS = (normalQuantile(0.975) + normalQuantile(0.8)) ** 2;

export const measureInterleaving = ({ world, rng, small }: Lab, progress: Progress): StageRow[] => {
  const own = rng.fork('interleaving');
  const requests = drawRequests(world, {
    rng: own.fork('requests'),
    requests: small ? 120 : 300,
    candidates: CANDIDATES,
  });
  const related = comparePairs(requests, { wanted: small ? 20 : 200, related: true, rng: own, progress });
  const unrelated = comparePairs(requests, { wanted: small ? 10 : 50, related: false, rng: own, progress });
  const drawn = `${requests.length} requests of ${CANDIDATES} candidates, pages of the world's places, clicks of its choice model`;
  return rowsOf(related, unrelated, drawn);
};

interface Comparing {
  readonly wanted: number;
  /** Whether the second ranker is a changed version of the first, or one of its own. */
  readonly related: boolean;
  readonly rng: Rng;
  readonly progress: Progress;
}

const comparePairs = (
  requests: readonly LabRequest[],
  { wanted, related, rng, progress }: Comparing,
): Compared[] => {
  const compared: Compared[] = [];
  const step = progress.step(`interleave ${related ? 'related' : 'unrelated'} rankers`, wanted);
  for (let drawn = 0; compared.length < wanted; drawn++) {
    const own = rng.fork(`${related}:${drawn}`);
    const [base, more] = [0.3 + 0.6 * own.next(), 0.2 + 0.4 * own.next()];
    const isBetter = own.next() < 0.5;
    const noise = related ? { shared: base, own: [0, more] } : { shared: 0, own: [base, base + more] };
    const [first, second] = isBetter ? [...noise.own].reverse() : noise.own;
    const pair = rankerPair(requests, { rng: own, shared: noise.shared, own: [first, second] });
    if (Math.abs(pair.truth) < REAL * pair.level) continue;
    compared.push(compare(requests, pair, own.fork('tests')));
    step.advance(compared.length);
  }
  step.end();
  return compared;
};

interface Compared {
  /** Pages that find the true difference with power 0.8 in a two-sided test at 5 %. */
  readonly pages: Record<'ab' | 'team' | 'balanced', number>;
  readonly truth: number;
  readonly level: number;
  /** Estimates of one test each: an A/B test of all its pages, interleaving on a tenth. */
  readonly ab: number;
  readonly interleaved: number;
}

const compare = (requests: readonly LabRequest[], pair: RankerPair, rng: Rng): Compared => {
  const uniform = (): number => rng.next();
  const drafted = requests.flatMap((request, r) =>
    Array.from({ length: LISTS }, (): Page => {
      const { items, team } = teamDraft(pair.pairs[r], request.examination.length, uniform);
      return { request, items, weights: Int8Array.from(team, (of) => 2 * of - 1) };
    }),
  );
  const [a, b] = (['a', 'b'] as const).map((which) =>
    requests.map((request, r): Page => ({ request, items: pair.pairs[r][which] })),
  );
  return {
    pages: {
      ab: (2 * NORMAL_BARS * (momentsOf(a).variance + momentsOf(b).variance)) / pair.truth ** 2,
      team: neededPages(momentsOf(drafted)),
      balanced: neededPages(balancedMoments(requests, pair, uniform)),
    },
    truth: pair.truth,
    level: pair.level,
    ab: showPages(b, PAGES_PER_ARM, uniform) - showPages(a, PAGES_PER_ARM, uniform),
    interleaved: showPages(drafted, (2 * PAGES_PER_ARM) / 10, uniform),
  };
};

/** What a member is shown, and what a click in each place counts; 1 where it is not said. */
interface Page {
  readonly request: LabRequest;
  readonly items: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
}

/** Mean weighted clicks of so many pages, each drawn from those given. */
const showPages = (pages: readonly Page[], count: number, uniform: () => number): number => {
  let sum = 0;
  for (let shown = 0; shown < count; shown++) {
    const { request, items, weights } = pages[Math.floor(uniform() * pages.length)];
    const { click, examination } = request;
    for (let i = 0; i < items.length; i++) {
      if (uniform() < examination[i] * click[items[i]]) sum += weights === undefined ? 1 : weights[i];
    }
  }
  return sum / count;
};

interface CreditMoments {
  readonly mean: number;
  readonly variance: number;
}

/** Of the weighted clicks of a page drawn from those given; over clicks in closed form, for they are independent. */
const momentsOf = (pages: readonly Page[]): CreditMoments => {
  let within = 0;
  const means = pages.map(({ request: { click, examination }, items, weights }) => {
    let sum = 0;
    for (let i = 0; i < items.length; i++) {
      const p = examination[i] * click[items[i]];
      const weight = weights === undefined ? 1 : weights[i];
      sum += p * weight;
      within += (p * (1 - p) * weight ** 2) / pages.length;
    }
    return sum;
  });
  return { mean: mean(means), variance: within + variance(means) };
};

/** The same of the balanced list, whose credit is no sum over clicks: by drawing the clicks too. */
const balancedMoments = (
  requests: readonly LabRequest[],
  { pairs }: RankerPair,
  uniform: () => number,
): CreditMoments => {
  const credits = requests.flatMap(({ click, examination }, r) =>
    Array.from({ length: 2 * LISTS }, () => {
      const shown = balanced(pairs[r], examination.length, uniform);
      const clicked = Array.from(shown.items, (item, i) =>
        uniform() < examination[i] * click[item] ? 1 : 0,
      );
      return balancedCredit(pairs[r], shown, clicked);
    }),
  );
  return { mean: mean(credits), variance: variance(credits) };
};

/** n = (z + z)^2 variance / mean^2 of the credit of a page. */
const neededPages = (credit: CreditMoments): number => (NORMAL_BARS * credit.variance) / credit.mean ** 2;

/** Lists drawn for each request where a mean over the coin is wanted. */
const LISTS = 6;

const gapOf = (compared: readonly Compared[]): string =>
  `${(
    100 *
      quantile(
        compared.map(({ truth, level }) => Math.abs(truth) / level),
        0.5,
      )
  ).toFixed(1)} %`;

const rowsOf = (compared: readonly Compared[], unrelated: readonly Compared[], drawn: string): StageRow[] => {
  const ratiosTo = (of: readonly Compared[], method: 'team' | 'balanced'): Float64Array =>
    Float64Array.from(of, ({ pages }) => pages[method] / pages.ab).sort();
  const sampleRatio = (name: string, of: readonly Compared[], protocol: string): Measurement => {
    const ratios = ratiosTo(of, 'team');
    const ranks = quantileRanks(ratios.length, 0.5);
    return {
      name,
      value: quantile(ratios, 0.5),
      unit: 'ratio',
      n: ratios.length,
      ...(ranks === undefined ? {} : { ci: [ratios[ranks[0] - 1], ratios[ranks[1] - 1]] as const }),
      baselines: [{ name: 'balanced', value: quantile(ratiosTo(of, 'balanced'), 0.5) }],
      definition:
        'pages that interleaving needs over pages that an A/B test of clicks a page needs, each page of another member, for power 0.8 at 5 %: (z + z)^2 variance / mean^2 of a page; team draft, a click counts for the team that chose the title; median over pairs',
      protocol,
    };
  };
  const protocol = `${compared.length} pairs of rankers, one the other with noise of 0.2 to 0.6 logits more, both with the same 0.3 to 0.9 logits of noise about the truth; they truly differ by ${100 * REAL} % of a page's clicks or more (median ${gapOf(compared)}); ${drawn}`;
  const count = (holds: (test: Compared) => boolean): number => compared.filter(holds).length;
  return [
    {
      stage: STAGE,
      measurement: heldTo(sampleRatio('interleaving.sample-ratio', compared, protocol), 0.1),
    },
    {
      stage: STAGE,
      measurement: sampleRatio(
        'interleaving.unrelated.sample-ratio',
        unrelated,
        `${unrelated.length} pairs of rankers that share nothing but the truth (0.3 to 0.9 logits of noise of their own, the one 0.2 to 0.6 more), which differ by ${gapOf(unrelated)} (median): where orders differ much for a small gain, interleaving gains less; ${drawn}`,
      ),
    },
    shareOfTests({
      stage: STAGE,
      name: 'interleaving.agreement',
      count: count(({ ab, interleaved }) => Math.sign(ab) === Math.sign(interleaved)),
      tests: compared.length,
      least: 0.95,
      baselines: [
        {
          name: 'A/B with the truth',
          value: count(({ ab, truth }) => Math.sign(ab) === Math.sign(truth)) / compared.length,
        },
        {
          name: 'interleaving with the truth',
          value:
            count(({ interleaved, truth }) => Math.sign(interleaved) === Math.sign(truth)) / compared.length,
        },
      ],
      definition: 'share of pairs of which interleaving and the A/B test name the same ranker as the better',
      protocol: `${protocol}; A/B on ${2 * PAGES_PER_ARM} pages, interleaving on a tenth of them`,
    }),
  ];
};
