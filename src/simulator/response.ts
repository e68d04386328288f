import type { EpochMs } from '../domain/clock.ts';
import { DAY_MS } from '../domain/clock.ts';
import { FINISHED_FRACTION, type Titles } from '../domain/tables.ts';
import { sigmoid } from '../math/statistics.ts';
import { type ArtworkTruth, MOOD_SIZE, TASTE_SIZE, type TitleTruth } from './catalogue.ts';
import type { MemberTruth } from './population.ts';
import { rowDot } from './vectors.ts';

/** How a device is looked at: P(examined) = base * rowDecay^row * columnDecay^position. */
export interface ExaminationCurve {
  readonly base: number;
  readonly rowDecay: number;
  readonly columnDecay: number;
}

/** By device code of the world's vocabulary. */
export const EXAMINATION: readonly ExaminationCurve[] = [
  { base: 0.92, rowDecay: 0.8, columnDecay: 0.88 }, // unknown
  { base: 0.95, rowDecay: 0.78, columnDecay: 0.94 }, // tv
  { base: 0.92, rowDecay: 0.86, columnDecay: 0.8 }, // mobile
  { base: 0.93, rowDecay: 0.82, columnDecay: 0.86 }, // tablet
  { base: 0.9, rowDecay: 0.76, columnDecay: 0.9 }, // web
];

/** P(the place is looked at), of a 0-based row and a 0-based position in it. */
export const examinationProbability = (device: number, row: number, position: number): number => {
  const { base, rowDecay, columnDecay } = EXAMINATION[device];
  return base * rowDecay ** row * columnDecay ** position;
};

const CLICK = { bias: -3.6, taste: 3.2, appeal: 0.55, mood: 1.6, fresh: 0.8, freshDays: 21, runtime: 0.35 };
const FINISH = { bias: -0.9, taste: 2.4, quality: 1.1, mood: 0.6, dishonesty: 0.4 };
const MOBILE = 2;
const TV = 1;

export interface Truth {
  readonly titles: Titles;
  readonly title: TitleTruth;
  readonly artwork: ArtworkTruth;
  readonly artworkTheme: Float32Array; // [artworks, MOOD_SIZE]
  readonly member: MemberTruth;
}

/** Logit of the click given that the place is examined, without the artwork's part. */
export const titleClickLogit = (
  truth: Truth,
  member: number,
  title: number,
  device: number,
  at: EpochMs,
): number => {
  const { titles } = truth;
  const ageDays = at / DAY_MS - titles.releaseDay[title];
  const hours = titles.runtimeMinutes[title] / 60;
  const runtimeMatch = device === MOBILE ? 1 - hours : device === TV ? 0.5 * (hours - 1) : 0;
  return (
    CLICK.bias +
    CLICK.taste * rowDot(truth.member.taste, member, truth.title.taste, title, TASTE_SIZE) +
    CLICK.appeal * truth.title.appeal[title] +
    CLICK.fresh * Math.exp(-Math.max(0, ageDays) / CLICK.freshDays) +
    CLICK.runtime * runtimeMatch
  );
};

/** What the artwork adds to the click's logit. */
export const artworkClickLogit = (truth: Truth, member: number, artwork: number): number =>
  CLICK.mood * rowDot(truth.member.mood, member, truth.artworkTheme, artwork, MOOD_SIZE) +
  truth.artwork.pull[artwork];

/**
 * P(watched to the end | clicked): quality and taste; more where the artwork showed what suits the member, for
 * whoever comes for the right reason stays; less where it promised something that the title is not.
 */
export const finishProbability = (truth: Truth, member: number, title: number, artwork: number): number =>
  sigmoid(
    FINISH.bias +
      FINISH.taste * rowDot(truth.member.taste, member, truth.title.taste, title, TASTE_SIZE) +
      FINISH.quality * truth.title.quality[title] +
      FINISH.mood * rowDot(truth.member.mood, member, truth.artworkTheme, artwork, MOOD_SIZE) -
      FINISH.dishonesty * (1 - truth.artwork.honesty[artwork]),
  );

/**
 * A watched fraction from one uniform number: at least FINISHED_FRACTION with exactly the probability
 * `finish`; who gives up does so early more often than late.
 */
export const watchedFraction = (finish: number, u: number): number => {
  if (u < finish) return FINISHED_FRACTION + (1 - FINISHED_FRACTION) * Math.sqrt(u / finish);
  const given = (u - finish) / (1 - finish);
  return Math.min(FINISHED_FRACTION * given ** 1.6, FINISHED_FRACTION - 1e-6);
};

/** P(satisfied), of the watched fraction and the title's quality. */
export const satisfactionProbability = (truth: Truth, title: number, fraction: number): number =>
  sigmoid(-3 + 5 * fraction + 0.6 * truth.title.quality[title]);
