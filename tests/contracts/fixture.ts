/**
 * A planted world small enough to see through, which every contract suite hands to what it tests:
 * title t has the one genre 1 + t % 6, member m plays titles of the one genre 1 + m % 6 to the end and a
 * single other title for a moment. Titles 48 to 53 are new, 54 to 59 are not released yet.
 */
import { DAY_MS, type EpochMs, fixedClock } from '../../src/domain/clock.ts';
import {
  type CandidatePool,
  type RecRequest,
  type StageContext,
  UNKNOWN_MEMBER,
} from '../../src/domain/request.ts';
import { createRng, type Rng } from '../../src/domain/rng.ts';
import {
  type CodeLists,
  type Dataset,
  NO_IMPRESSION,
  type Plays,
  type Titles,
} from '../../src/domain/tables.ts';
import { emptyProfile, foldPlay, signUpOf } from '../../src/features/profile.ts';

export interface PlantedFixture {
  readonly dataset: Dataset;
  /** When requests are made: after every play. */
  readonly at: EpochMs;
  /** A request with the member's profile as of `at`; UNKNOWN_MEMBER gives a profile of nothing. */
  request(member: number, requestId?: string): RecRequest;
}

export const PLANTED_GENRES = 6;
export const PLANTED_MEMBERS = 24;
/** Released by the time of the requests; rows from here on are not. */
export const PLANTED_RELEASED = 54;
const PLANTED_TITLES = 60;
const TODAY = 20_000;
const PLAYS_PER_MEMBER = 6;

/** The one genre that the member likes, as a code. */
export const likedGenre = (member: number): number => 1 + (member % PLANTED_GENRES);

/** The same fixture at every call: nothing in it is drawn. */
export function plantedFixture(): PlantedFixture {
  return fixtureOf(plantedTitles(PLANTED_TITLES), plantedPlays());
}

/** The same members and vocabulary without a single title or play. */
export function emptyFixture(): PlantedFixture {
  return fixtureOf(plantedTitles(0), playsOf([]));
}

/** A context with its seed; pass a signal to abort. */
export const stageContext = (
  seed: number,
  signal: AbortSignal = new AbortController().signal,
): StageContext => ({
  rng: createRng(seed),
  clock: fixedClock(TODAY * DAY_MS),
  signal,
});

/** A pool of the given titles in that order, from one source, with scores that fall from 1. */
export const poolOf = (titles: readonly number[]): CandidatePool => ({
  items: Uint32Array.from(titles),
  scores: Float32Array.from(titles, (_, i) => 1 - i / titles.length),
  source: new Uint8Array(titles.length),
  sourceNames: ['planted'],
});

/** `count` different titles below `size`, drawn. */
export function drawTitles(rng: Rng, size: number, count: number): number[] {
  const titles = Array.from({ length: size }, (_, title) => title);
  for (let i = size - 1; i > 0; i--) {
    const other = Math.floor(rng.next() * (i + 1));
    [titles[i], titles[other]] = [titles[other], titles[i]];
  }
  return titles.slice(0, count);
}

function fixtureOf(titles: Titles, plays: Plays): PlantedFixture {
  const vocabulary = {
    kinds: ['unknown', 'film', 'series'],
    genres: ['unknown', 'drama', 'comedy', 'thriller', 'documentary', 'romance', 'science fiction'],
    languages: ['unknown', 'en', 'es'],
    countries: ['unknown', 'US', 'ES'],
    devices: ['unknown', 'tv', 'phone'],
    campaigns: ['unknown', 'organic'],
  };
  const rows = Array.from({ length: PLANTED_MEMBERS }, (_, member) => member);
  const members = {
    ids: rows.map((member) => `member-${member}`),
    country: Uint8Array.from(rows, (member) => 1 + (member % 2)),
    device: Uint8Array.from(rows, (member) => 1 + (member % 2)),
    signupDay: Int32Array.from(rows, (member) => TODAY - 60 + member),
    campaign: Uint8Array.from(rows, () => 1),
    surveyGenres: oneEach(rows.map(likedGenre)),
  };
  const dataset: Dataset = { name: 'planted', vocabulary, titles, members, plays };
  return {
    dataset,
    at: TODAY * DAY_MS,
    request(member, requestId = `request-${member}`) {
      const memberId = member === UNKNOWN_MEMBER ? 'nobody' : members.ids[member];
      let profile = emptyProfile(
        vocabulary.genres.length,
        ...(member === UNKNOWN_MEMBER ? [] : [signUpOf(members, member)]),
      );
      for (let i = 0; i < plays.title.length; i++) {
        if (plays.member[i] !== member) continue;
        const [title, time, watchedFraction] = [plays.title[i], plays.time[i], plays.watchedFraction[i]];
        profile = foldPlay(profile, { title, time, watchedFraction }, titles.genres);
      }
      return { requestId, memberId, member, at: TODAY * DAY_MS, device: profile.device, profile };
    },
  };
}

function plantedTitles(size: number): Titles {
  const rows = Array.from({ length: size }, (_, title) => title);
  const releaseDay = (title: number): number => {
    if (title >= PLANTED_RELEASED) return TODAY + 1 + title - PLANTED_RELEASED;
    return title >= PLANTED_RELEASED - 6 ? TODAY - (title % 6) : TODAY - 400 - title;
  };
  return {
    ids: rows.map((title) => `title-${title}`),
    names: rows.map((title) => `Title ${title}`),
    kind: Uint8Array.from(rows, (title) => 1 + (title % 2)),
    genres: oneEach(rows.map((title) => 1 + (title % PLANTED_GENRES))),
    language: Uint8Array.from(rows, (title) => 1 + (title % 2)),
    releaseDay: Int32Array.from(rows, releaseDay),
    runtimeMinutes: Float32Array.from(rows, (title) => 80 + title),
  };
}

interface PlantedPlay {
  readonly member: number;
  readonly title: number;
  readonly day: number;
  readonly watchedFraction: number;
}

function plantedPlays(): Plays {
  const plays: PlantedPlay[] = [];
  for (let member = 0; member < PLANTED_MEMBERS; member++) {
    const genreOffset = likedGenre(member) - 1;
    for (let i = 0; i < PLAYS_PER_MEMBER; i++) {
      const day = TODAY - 20 + 3 * i + (member % 3);
      const isLiked = i !== 2;
      const shelf = (member + i) % 8; // titles 0 to 47, all long released
      const title = PLANTED_GENRES * shelf + ((genreOffset + (isLiked ? 0 : 1)) % PLANTED_GENRES);
      plays.push({ member, title, day, watchedFraction: isLiked ? (i === 5 ? 0.5 : 1) : 0.02 });
    }
  }
  return playsOf(plays);
}

function playsOf(plays: readonly PlantedPlay[]): Plays {
  const sorted = [...plays].sort((a, b) => a.day - b.day || a.member - b.member);
  return {
    member: Uint32Array.from(sorted, ({ member }) => member),
    title: Uint32Array.from(sorted, ({ title }) => title),
    time: Float64Array.from(sorted, ({ day, member }) => day * DAY_MS + member),
    watchedFraction: Float32Array.from(sorted, ({ watchedFraction }) => watchedFraction),
    device: Uint8Array.from(sorted, ({ member }) => 1 + (member % 2)),
    impression: Uint32Array.from(sorted, () => NO_IMPRESSION),
  };
}

function oneEach(codes: readonly number[]): CodeLists {
  return {
    offsets: Uint32Array.from({ length: codes.length + 1 }, (_, row) => row),
    codes: Uint8Array.from(codes),
  };
}
