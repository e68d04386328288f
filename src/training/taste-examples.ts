import type { EpochMs } from '../domain/clock.ts';
import type { Rng } from '../domain/rng.ts';
import { type Catalogue, type Dataset, FINISHED_FRACTION } from '../domain/tables.ts';
import { ageDays, freshness, runtimeHours } from '../features/content-features.ts';
import { TASTE_GENRE_SIZE, writeTasteFeatures } from '../features/taste-features.ts';
import { clickLift, finishLift } from '../features/title-counts.ts';
import type { ExaminationOf, Known, ReplayVisitor } from './replay.ts';

/** What draws clicks and finishes beside taste: lifts, age, running time and device, so that taste need not. */
export const CONTEXT_SIZE = 7;

/** Share of the impressions without a click that are kept, each then counting 1 / share. */
const KEEP_UNCLICKED = 0.5;

/** Pages with the member as known just before, and of each the impressions that were kept. */
export interface TasteExamples {
  pages: number;
  /** Of each page, its first row of the impressions. */
  readonly firstImpression: number[]; // [pages]
  members: Float32Array; // [capacity, genres, TASTE_GENRE_SIZE]
  readonly country: number[]; // [pages]
  readonly firstRow: number[]; // [pages + 1]
  readonly title: number[]; // [rows]
  readonly artwork: number[]; // [rows]
  readonly context: number[]; // [rows, CONTEXT_SIZE]
  readonly examined: number[];
  readonly clicked: number[];
  /** 1 or 0 for a play that was finished or not, NaN where nothing was played. */
  readonly finished: number[];
  readonly weight: number[];
}

/** What is known of a title when it is shown, after the lifts: these of the ranker's features, and what each is multiplied by. */
export const OCCASION_FEATURES = [
  ['freshness', 1],
  ['log-age', 1 / 9],
  ['runtime-hours', 1],
  ['tv-runtime', 1],
  ['mobile-runtime', 1],
] as const;

/** The numbers of OCCASION_FEATURES, of a title at a moment on a device. */
export const createOccasion = ({
  titles,
  vocabulary,
}: Catalogue): ((title: number, at: EpochMs, device: number) => readonly number[]) => {
  const [tv, mobile] = ['tv', 'mobile'].map((name) => vocabulary.devices.indexOf(name));
  return (title, at, device) => {
    const hours = runtimeHours(titles, title);
    return [
      freshness(titles, title, at),
      Math.log1p(ageDays(titles, title, at)) / 9, // near 1 for what is some twenty years old
      hours,
      device === tv ? hours : 0,
      device === mobile ? hours : 0,
    ];
  };
};

/** Collects the pages that a replay goes through. */
export const collectTasteExamples = (options: {
  readonly dataset: Dataset;
  readonly examination: ExaminationOf;
  readonly rng: Rng;
}): { readonly visitor: ReplayVisitor; readonly examples: TasteExamples } => {
  const { dataset, examination, rng } = options;
  const { plays, impressions, vocabulary } = dataset;
  const inputs = vocabulary.genres.length * TASTE_GENRE_SIZE;
  const examples: TasteExamples = {
    pages: 0,
    firstImpression: [],
    members: new Float32Array(1_024 * inputs),
    country: [],
    firstRow: [0],
    title: [],
    artwork: [],
    context: [],
    examined: [],
    clicked: [],
    finished: [],
    weight: [],
  };
  if (impressions === undefined) return { visitor: {}, examples };
  const fractionOf = new Map<number, number>();
  for (let row = 0; row < plays.time.length; row++)
    fractionOf.set(plays.impression[row], plays.watchedFraction[row]);
  const occasionOf = createOccasion(dataset);

  const page = (start: number, end: number, known: Known): void => {
    const { member, time, device: devices, title, artwork, clicked, row, position } = impressions;
    const [at, device] = [time[start], devices[start]];
    for (let i = start; i < end; i++) {
      if (clicked[i] !== 1 && rng.next() >= KEEP_UNCLICKED) continue;
      const t = title[i];
      const fraction = fractionOf.get(i);
      examples.title.push(t);
      examples.artwork.push(artwork[i]);
      examples.context.push(
        clickLift(known.counts, t),
        finishLift(known.counts, t),
        ...occasionOf(t, at, device),
      );
      examples.examined.push(examination(device, row[i], position[i]));
      examples.clicked.push(clicked[i]);
      examples.finished.push(fraction === undefined ? Number.NaN : fraction >= FINISHED_FRACTION ? 1 : 0);
      examples.weight.push(clicked[i] === 1 ? 1 : 1 / KEEP_UNCLICKED);
    }
    if ((examples.pages + 1) * inputs > examples.members.length) {
      const grown = new Float32Array(2 * examples.members.length);
      grown.set(examples.members);
      examples.members = grown;
    }
    const profile = known.profileOf(member[start]);
    writeTasteFeatures(examples.members, examples.pages * inputs, profile);
    examples.firstImpression.push(start);
    examples.country.push(profile.country);
    examples.pages++;
    examples.firstRow.push(examples.title.length);
  };
  return { visitor: { page }, examples };
};
