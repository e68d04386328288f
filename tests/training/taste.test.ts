import { beforeAll, describe, expect, test } from 'vitest';
import { datasetBefore } from '../../datasets/split.ts';
import { createRng } from '../../src/domain/rng.ts';
import type { Artworks, Dataset } from '../../src/domain/tables.ts';
import { createGenreFavours } from '../../src/features/favour.ts';
import { emptyProfile, foldPlay, foldShown } from '../../src/features/profile.ts';
import { type TasteMatch, tasteLogit } from '../../src/features/taste-features.ts';
import { sigmoid } from '../../src/math/statistics.ts';
import { noTaste, type TasteModel, tasteMatch } from '../../src/ranking/taste.ts';
import { replay } from '../../src/training/replay.ts';
import { type TrainedTaste, trainTaste } from '../../src/training/taste.ts';
import { collectTasteExamples, type TasteExamples } from '../../src/training/taste-examples.ts';
import { learnTitleLifts } from '../../src/training/title-evidence.ts';

const GENRES = 5; // 0 is unknown
const TITLES = 40;
const MEMBERS = 160;
const PAGES = 10;
const PLACES = 8;
const THEMES = 4;
const MINUTE = 60_000;
const START = 20_000 * 86_400_000;

/**
 * A world in which each member clicks one genre at 0.6 and the rest at 0.1, and finishes what is of that genre. With
 * artworks, one for each title, a theme that goes with the member's genre, whatever the title's, adds 1.5 to the logit.
 */
const plantedDataset = (artworks?: Artworks): Dataset => {
  const rng = createRng(11);
  const members = Array.from({ length: MEMBERS }, (_, m) => m);
  const titles = Array.from({ length: TITLES }, (_, t) => t);
  const rows: { member: number; title: number; position: number; time: number; clicked: number }[] = [];
  const played: { row: number; fraction: number }[] = [];
  for (let page = 0; page < PAGES; page++) {
    for (const member of members) {
      for (let position = 0; position < PLACES; position++) {
        const title = Math.floor(rng.next() * TITLES);
        const liked = 1 + (title % (GENRES - 1)) === favourite(member);
        const examined = position < PLACES / 2 || rng.next() < 0.25;
        const drawn = artworks !== undefined && themeOf(title) === favourite(member) - 1;
        const p = sigmoid((liked ? 0.405 : -2.197) + (drawn ? 1.5 : 0));
        const clicked = examined && rng.next() < p ? 1 : 0;
        if (clicked === 1) played.push({ row: rows.length, fraction: liked ? 0.9 : 0.2 });
        rows.push({ member, title, position, time: START + (page * MEMBERS + member) * MINUTE, clicked });
      }
    }
  }
  const u8 = (of: (row: (typeof rows)[number]) => number): Uint8Array => Uint8Array.from(rows, of);
  return {
    name: 'planted',
    ...(artworks === undefined ? {} : { artworks }),
    vocabulary: {
      kinds: ['unknown', 'movie'],
      genres: ['unknown', 'a', 'b', 'c', 'd'],
      languages: ['unknown'],
      countries: ['unknown', 'X'],
      devices: ['unknown', 'tv', 'mobile'],
      campaigns: ['unknown'],
    },
    titles: {
      ids: titles.map((t) => `t${t}`),
      names: titles.map((t) => `T${t}`),
      kind: new Uint8Array(TITLES).fill(1),
      genres: {
        offsets: Uint32Array.from({ length: TITLES + 1 }, (_, t) => t),
        codes: Uint8Array.from(titles, (t) => 1 + (t % (GENRES - 1))),
      },
      language: new Uint8Array(TITLES),
      releaseDay: new Int32Array(TITLES).fill(19_000),
      runtimeMinutes: new Float32Array(TITLES).fill(90),
    },
    members: {
      ids: members.map((m) => `m${m}`),
      country: new Uint8Array(MEMBERS).fill(1),
      device: new Uint8Array(MEMBERS).fill(1),
      signupDay: new Int32Array(MEMBERS).fill(19_000),
      campaign: new Uint8Array(MEMBERS),
      surveyGenres: { offsets: new Uint32Array(MEMBERS + 1), codes: new Uint8Array(0) },
    },
    impressions: {
      requestId: Uint32Array.from(rows, (_, i) => Math.floor(i / PLACES)),
      member: Uint32Array.from(rows, ({ member }) => member),
      title: Uint32Array.from(rows, ({ title }) => title),
      artwork: Uint32Array.from(rows, ({ title }) => title),
      row: new Uint8Array(rows.length),
      position: u8(({ position }) => position),
      time: Float64Array.from(rows, ({ time }) => time),
      device: new Uint8Array(rows.length).fill(1),
      policy: new Uint8Array(rows.length),
      policies: ['uniform'],
      propensity: new Float32Array(rows.length).fill(1 / TITLES),
      artworkPropensity: new Float32Array(rows.length).fill(1),
      clicked: u8(({ clicked }) => clicked),
    },
    plays: {
      member: Uint32Array.from(played, ({ row }) => rows[row].member),
      title: Uint32Array.from(played, ({ row }) => rows[row].title),
      time: Float64Array.from(played, ({ row }) => rows[row].time + 1),
      watchedFraction: Float32Array.from(played, ({ fraction }) => fraction),
      device: new Uint8Array(played.length).fill(1),
      impression: Uint32Array.from(played, ({ row }) => row),
    },
  };
};

const favourite = (member: number): number => 1 + (member % (GENRES - 1));
const themeOf = (title: number): number => Math.floor(title / (GENRES - 1)) % THEMES;
const dataset = plantedDataset();
const { genres } = dataset.titles;
const examination = (_device: number, _row: number, position: number): number =>
  position < PLACES / 2 ? 1 : 0.25;

const train = async (
  epochs: number,
  of: Dataset = dataset,
): Promise<{ trained: TrainedTaste; examples: TasteExamples }> => {
  const { visitor, examples } = collectTasteExamples({ dataset: of, examination, rng: createRng(2) });
  replay(of, Number.POSITIVE_INFINITY, examination, visitor);
  const settings = { epochs, pagesPerBatch: 50 };
  return { trained: await trainTaste({ dataset: of, examples, rng: createRng(3), settings }), examples };
};
let taught: Awaited<ReturnType<typeof train>>;
let model: TasteModel;

beforeAll(async () => {
  taught = await train(5);
  ({ model } = taught.trained);
});

/** What the model says of a member who saw 40 titles, ten of each genre, and played `plays` of the first. */
const afterPlays = (plays: number, fraction: number, of: TasteModel = model): TasteMatch => {
  const seen = Array.from({ length: TITLES }, (_, title) => ({ title, examined: 1 }));
  let profile = foldShown({ ...emptyProfile(GENRES), country: 1 }, seen, genres);
  for (let i = 0; i < plays; i++)
    profile = foldPlay(profile, { title: 4 * i, time: i, watchedFraction: fraction }, genres);
  return tasteMatch(of, profile);
};

describe('a taste model', () => {
  test('finds the genre that a member plays out of what was shown, for the click and for the finish', () => {
    const liking = afterPlays(6, 0.9);
    // Truth: logit(0.6) - logit(0.1) = 2.6 of the click. About 13,000 impressions; half of it is far from chance.
    const apart = (head: 'click' | 'finish') => tasteLogit(liking, 0, head) - tasteLogit(liking, 1, head);
    expect(apart('click')).toBeGreaterThan(1.3);
    expect(apart('finish')).toBeGreaterThan(1);
  });

  test('finds the themes that draw those who play a genre, and says them of titles of whatever genre', async () => {
    const titles = Uint32Array.from({ length: TITLES }, (_, t) => t);
    const theme = new Float32Array(TITLES * THEMES);
    for (const t of titles) theme[t * THEMES + themeOf(t)] = 1;
    const titleOffsets = Uint32Array.from({ length: TITLES + 1 }, (_, t) => t);
    const ids = Array.from(titles, (t) => `a${t}`);
    const themed = plantedDataset({ ids, title: titles, titleOffsets, themeSize: THEMES, theme });
    const liking = afterPlays(6, 0.9, (await train(10, themed)).trained.model);
    // Titles 1 and 5 are of one genre, which the member does not play; the theme of title 1 goes with what is played.
    expect(themeOf(1)).toBe(0);
    expect(tasteLogit(liking, 1, 'click') - tasteLogit(liking, 5, 'click')).toBeGreaterThan(0.75); // truth: 1.5
  });

  test('takes what was looked at and not played as evidence: the same plays of more say less', () => {
    const seen = Array.from({ length: 10 }, (_, i) => ({ title: 4 * i, examined: 1 }));
    const of = (times: number): number => {
      let profile = foldPlay(emptyProfile(GENRES), { title: 0, time: 1, watchedFraction: 0.9 }, genres);
      const other = Array.from({ length: 30 }, (_, i) => ({ title: 1 + i, examined: 1 }));
      profile = foldShown(profile, other, genres);
      for (let i = 0; i < times; i++) profile = foldShown(profile, seen, genres);
      return tasteLogit(tasteMatch(model, profile), 0, 'click');
    };
    expect(of(0)).toBeGreaterThan(of(3));
  });

  test('takes from the propensities what the recommender behind the pages knew of a member who played nothing', async () => {
    const { impressions } = dataset;
    if (impressions === undefined) throw new Error('expected impressions');
    const { member, title } = impressions;
    const isLiked = (i: number): boolean => genres.codes[title[i]] === favourite(member[i]);
    const told = {
      ...dataset,
      impressions: {
        ...impressions,
        propensity: Float32Array.from(title, (_, i) => (isLiked(i) ? 0.05 : 0.02)),
      },
    };
    const { model: knowing } = (await train(5, told)).trained;
    const favour = (of: number): number => (of === 1 ? Math.log(0.05 / 0.0235) : Math.log(0.02 / 0.0235));
    const seen = Array.from({ length: TITLES }, (_, t) => t);
    const apart = (of: TasteModel, isTold: boolean): number => {
      const shown = seen.map((t) => ({ title: t, examined: 1 }));
      const told = seen.map((t) => ({
        ...{ title: t, logRatio: favour(genres.codes[t]), weight: isTold ? 1 : 0 },
      }));
      const favoursOf = createGenreFavours(genres, GENRES);
      const profile = foldShown({ ...emptyProfile(GENRES), country: 1 }, shown, genres);
      let found = favoursOf(0, told);
      for (let page = 0; page < 5; page++) found = favoursOf(0, []);
      const match = tasteMatch(of, {
        ...profile,
        genreFavour: found.favour,
        genreFavourEvidence: found.evidence,
      });
      return tasteLogit(match, 0, 'click') - tasteLogit(match, 1, 'click');
    };
    expect(apart(knowing, true)).toBeGreaterThan(1.3); // truth: 2.6
    expect(Math.abs(apart(knowing, false))).toBeLessThan(0.7);
  });

  test('is the same for the same seed', async () => {
    expect((await train(1)).trained).toEqual((await train(1)).trained);
  });

  test('says nothing where there are no impressions', async () => {
    const { impressions: _none, ...without } = dataset;
    const { visitor, examples } = collectTasteExamples({ dataset: without, examination, rng: createRng(2) });
    replay(without, Number.POSITIVE_INFINITY, examination, visitor);
    const silent = await trainTaste({ dataset: without, examples, rng: createRng(3) });
    expect(silent.model).toEqual(noTaste(TITLES));
    expect(tasteLogit(tasteMatch(silent.model, emptyProfile(GENRES)), 3, 'click')).toBe(0);
    const lifts = learnTitleLifts({ dataset: without, examples, examination, trained: silent });
    expect(lifts(Number.POSITIVE_INFINITY)).toBe(silent.model);
  });

  test('knows of titles what was known at the moment asked for, whatever came later', () => {
    const { trained, examples } = taught;
    const until = START + 5 * MEMBERS * MINUTE;
    const asOf = (dataset: Dataset): TasteModel =>
      learnTitleLifts({ dataset, examples, examination, trained })(until);
    const then = asOf(dataset);
    expect(then).toEqual(asOf(datasetBefore(dataset, until)));
    expect(then.titleLifts).not.toEqual(model.titleLifts);
    // No title of this world is better than another: of about 30 clicks each, a lift of 0.5 would be 2.5 standard errors.
    for (const lift of then.titleLifts) expect(Math.abs(lift)).toBeLessThan(0.5);
  });
});
