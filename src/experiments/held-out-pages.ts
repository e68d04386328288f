import type { Impressions } from '../domain/tables.ts';
import { shuffleInPlace } from '../math/random.ts';
import { sigmoid } from '../math/statistics.ts';
import { collectRankerExamples, type RankerExamples } from '../training/ranker.ts';
import { replay } from '../training/replay.ts';
import { examinationLookUp, type TrainedRetrieval } from '../training/train.ts';
import type { Subject } from './subject.ts';

/** Everything that was shown to some members after the models were trained, in order of time. */
export interface HeldOutPages {
  readonly examples: RankerExamples;
  /** The row of the impressions that each example is. */
  readonly impression: Uint32Array; // [examples.rows]
  /** Examples before this one are pages of the first half of the time, by number of examples; pages stay whole. */
  readonly half: number;
}

/** Members whose pages are read. */
const MEMBERS = 4_000;

/** The held-out pages with what was known at each moment, or undefined where there are no impressions. */
export const heldOutPages = (
  { dataset, until, rng, small }: Subject,
  { twoTower, taste, examination }: TrainedRetrieval,
): HeldOutPages | undefined => {
  const { impressions, members } = dataset;
  if (impressions === undefined) return undefined;
  const draws = rng.fork('held-out-pages');
  const order = shuffleInPlace(
    Uint32Array.from(members.ids, (_, member) => member),
    () => draws.next(),
  );
  const chosen = new Set(order.subarray(0, small ? 600 : MEMBERS));
  const examined = examinationLookUp(examination);
  const { visitor, examples } = collectRankerExamples({
    dataset,
    model: twoTower,
    taste,
    from: until,
    examination: examined,
    rng: draws,
    settings: { keepUnclicked: 1 },
  });
  const rows: number[] = [];
  replay(dataset, Number.POSITIVE_INFINITY, examined, {
    page: (from, to, known) => {
      if (impressions.time[from] < until || !chosen.has(impressions.member[from])) return;
      visitor.page?.(from, to, known);
      for (let row = from; row < to; row++) rows.push(row);
    },
  });
  const impression = Uint32Array.from(rows);
  let half = impression.length >>> 1;
  while (half > 0 && samePage(impressions, impression[half - 1], impression[half])) half--;
  return { examples, impression, half };
};

const samePage = ({ requestId }: Impressions, a: number, b: number): boolean => requestId[a] === requestId[b];

/** P(click) of each example from P(click | examined) and P(examined). */
export const clickProbabilities = (logits: Float32Array, examined: Float32Array): Float64Array =>
  Float64Array.from(logits, (z, i) => sigmoid(z) * examined[i]);
