/** Members whose pages tell something at a glance, found in what they did: nobody is named beforehand. */
import { DAY_MS } from '../domain/clock.ts';
import type { MemberProfile } from '../domain/request.ts';
import type { Vocabulary } from '../domain/tables.ts';
import { quantile } from '../math/statistics.ts';

export interface KnownMember {
  readonly id: string;
  readonly profile: MemberProfile;
}

export interface TellingMember {
  readonly id: string;
  /** Who it is, such as `The romance lover`. */
  readonly label: string;
  /** What says so, such as `58 % of 34 plays are Romance`. */
  readonly detail: string;
}

/** The genres whose lovers are shown, where the data has them; else those that somebody loves most. */
const PREFERRED_GENRES = ['Romance', 'Action'];

/** Somebody whom no dataset knows. */
const STRANGER: TellingMember = {
  id: 'somebody-new',
  label: 'Somebody new',
  detail: 'never seen before: a page for a stranger',
};

/** The lovers of two genres, who watches most at a stretch, who watches of everything, who came last, and a stranger. */
export const tellingMembers = (
  members: readonly KnownMember[],
  { genres }: Pick<Vocabulary, 'genres'>,
): TellingMember[] => {
  if (members.length === 0) return [STRANGER];
  const enough = Math.max(
    1,
    quantile(
      members.map(({ profile }) => profile.playCount),
      0.5,
    ),
  );
  const seasoned = members.filter(({ profile }) => profile.playCount >= enough);
  const found = new Map<string, TellingMember>();
  const tell = (
    from: readonly KnownMember[],
    worth: (profile: MemberProfile) => number,
    say: (profile: MemberProfile) => Omit<TellingMember, 'id'>,
  ): void => {
    const left = from.filter(({ id }) => !found.has(id));
    if (left.length === 0) return;
    const { id, profile } = left.reduce((best, one) =>
      worth(one.profile) > worth(best.profile) ? one : best,
    );
    found.set(id, { id, ...say(profile) });
  };

  for (const genre of lovedGenres(seasoned, genres)) {
    tell(
      seasoned,
      (profile) => genreShares(profile)[genre],
      (profile) => ({
        label: `The ${genres[genre].toLowerCase()} ${ACTIVE.has(genres[genre]) ? 'fan' : 'lover'}`,
        detail: `${Math.round(100 * genreShares(profile)[genre])} % of ${profile.playCount} plays are ${genres[genre]}`,
      }),
    );
  }
  tell(seasoned, mostInADay, (profile) => ({
    label: 'The binge-watcher',
    detail: `${mostInADay(profile)} plays within 24 hours`,
  }));
  tell(
    seasoned,
    (profile) => entropy(genreShares(profile)),
    (profile) => ({
      label: 'The omnivore',
      detail: `${genreShares(profile).filter((share) => share > 0).length} genres in ${profile.playCount} plays`,
    }),
  );
  tell(
    members,
    ({ playCount, signupDay }) => -playCount + signupDay / 1e6,
    ({ playCount }) => ({
      label: 'The newcomer',
      detail: playCount === 1 ? '1 play so far' : `${playCount} plays so far`,
    }),
  );
  return [...found.values(), STRANGER];
};

/** Genres that have fans rather than lovers. */
const ACTIVE = new Set(['Action', 'Adventure', 'Sport', 'Science Fiction', 'Sci-Fi', 'Horror', 'Western']);

const lovedGenres = (members: readonly KnownMember[], genres: readonly string[]): number[] => {
  const loved = genres.map((_, genre) =>
    Math.max(0, ...members.map(({ profile }) => genreShares(profile)[genre])),
  );
  const preferred = PREFERRED_GENRES.map((name) => genres.indexOf(name)).filter((genre) => genre > 0);
  const others = genres.map((_, genre) => genre).filter((genre) => genre > 0 && !preferred.includes(genre));
  others.sort((a, b) => loved[b] - loved[a]);
  return [...preferred, ...others].slice(0, PREFERRED_GENRES.length);
};

/** Share of the plays by genre; zeros where there is none. */
const genreShares = ({ genrePlayed }: MemberProfile): number[] => {
  const all = genrePlayed.reduce((sum, plays) => sum + plays, 0);
  return Array.from(genrePlayed, (plays) => (all === 0 ? 0 : plays / all));
};

const entropy = (shares: readonly number[]): number =>
  -shares.reduce((sum, share) => sum + (share > 0 ? share * Math.log(share) : 0), 0);

/** The most plays of the history that lie within 24 hours. */
const mostInADay = ({ historyTimes }: MemberProfile): number => {
  let most = 0;
  let from = 0;
  for (let to = 0; to < historyTimes.length; to++) {
    while (historyTimes[to] - historyTimes[from] >= DAY_MS) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
};
