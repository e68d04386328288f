import type { Baseline, StageRow } from '../../src/domain/measurement.ts';
import { twoSidedQuantile } from '../../src/math/distributions.ts';

export interface ShareOfTests {
  readonly stage: string;
  readonly name: string;
  /** How many tests did what is counted, of how many. */
  readonly count: number;
  readonly tests: number;
  readonly least?: number;
  readonly most?: number;
  readonly definition: string;
  readonly protocol: string;
  readonly baselines?: readonly Baseline[];
}

const Z = twoSidedQuantile(0.05);

/** Wilson's interval of a share, which keeps to [0, 1] where few or all count (Wilson, JASA 1927). */
export const wilsonInterval = (count: number, tests: number): readonly [number, number] => {
  const share = count / tests;
  const scale = 1 + Z ** 2 / tests;
  const centre = (share + Z ** 2 / (2 * tests)) / scale;
  const reach = (Z / scale) * Math.sqrt((share * (1 - share)) / tests + Z ** 2 / (4 * tests ** 2));
  return [Math.max(0, centre - reach), Math.min(1, centre + reach)];
};

/** A share of simulated tests, held to both ends of what it may be; the budget printed is the nearer one's sense. */
export const shareOfTests = ({ stage, count, tests, least, most, ...words }: ShareOfTests): StageRow => {
  const value = count / tests;
  const bounds = least !== undefined && most !== undefined ? ` (held to ${least} to ${most})` : '';
  const pass = value >= (least ?? 0) && value <= (most ?? 1);
  const budget = most ?? least;
  return {
    stage,
    measurement: {
      ...words,
      value,
      unit: 'share',
      n: tests,
      ci: wilsonInterval(count, tests),
      definition: `${words.definition}${bounds}`,
      ...(budget === undefined
        ? {}
        : { budget, sense: most === undefined ? ('at-least' as const) : ('at-most' as const), pass }),
    },
  };
};
