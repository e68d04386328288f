/**
 * Member profiles in the store. They are loaded once from what a dataset knows, and from then on changed
 * by events alone; the profile of the next request is read anew, so a member sees their own last play.
 */
import { dependencyError } from '../domain/errors.ts';
import { type MemberProfile, UNKNOWN_MEMBER } from '../domain/request.ts';
import type { CodeLists, Members } from '../domain/tables.ts';
import {
  emptyProfile,
  foldPlay,
  foldShown,
  foldThumb,
  type PlayEvent,
  signUpOf,
  type ThumbEvent,
} from '../features/profile.ts';
import { type ExaminationEstimate, examinationOf, FULLY_EXAMINED } from '../ranking/examination.ts';
import type { MemberContext, ProfileSource } from './pipelines/parts.ts';
import { decodeProfile, encodeProfile, PROFILE_FORM } from './profile-codec.ts';
import type { Store, Write } from './stores/contract.ts';
import { loadOnce } from './stores/load-once.ts';
import { expectVersion } from './version-name.ts';

export interface ProfileStoreParts {
  readonly store: Store;
  readonly members: Members;
  readonly titleGenres: CodeLists;
  /** Length of the vocabulary's genres. */
  readonly genreCount: number;
  /** The curve by which the models' own profiles count what was shown. Default: every place is examined. */
  readonly examination?: ExaminationEstimate;
}

/** A title that stood on a page, and where. */
export interface ShownTitle {
  readonly title: number;
  /** Default: the profile's. */
  readonly device?: number;
  readonly row: number;
  readonly position: number;
}

/** What happened to one member. */
export interface ProfileChanges {
  readonly plays: readonly PlayEvent[];
  readonly shown: readonly ShownTitle[];
  readonly thumbs: readonly ThumbEvent[];
}

const NO_BYTES = new Uint8Array(0);
const NO_CHANGES: ProfileChanges = { plays: [], shown: [], thumbs: [] };

export interface MemberRecord {
  readonly memberId: string;
  readonly profile: MemberProfile;
}

export interface ProfileLoad {
  /** What they were computed from, such as the model version: a second load under this name does nothing. */
  readonly version: string;
  readonly profiles: Iterable<MemberRecord>;
  /** What was acknowledged since, by member, to be folded on top. */
  readonly logged?: ReadonlyMap<string, ProfileChanges>;
}

export interface ProfileStore extends ProfileSource {
  keyOf(memberId: string): string;
  /**
   * The profile in the bytes under the member's key, or the cold start of who is new where there are none.
   * @throws MarqueeError (dependency) for a member of the dataset: their profile is not loaded yet, or was lost
   */
  read(memberId: string, bytes: Uint8Array | undefined): MemberProfile;
  /** The write that puts the profile with these changes folded in. */
  folded(memberId: string, profile: MemberProfile, changes: ProfileChanges): Write;
  /** Whether this version was loaded before: then there is no need to read what `load` takes. */
  isLoaded(version: string): Promise<boolean>;
  /** How many profiles were written: 0 when this version was loaded before. */
  load(load: ProfileLoad): Promise<number>;
}

export const createProfileStore = (parts: ProfileStoreParts): ProfileStore => {
  const { store, members, titleGenres, genreCount, examination = FULLY_EXAMINED } = parts;
  const rows = new Map(members.ids.map((id, row) => [id, row]));
  const keyOf = (memberId: string): string => `profile/{${memberId}}`;
  const coldStart = (memberId: string): MemberContext => {
    const member = rows.get(memberId);
    if (member === undefined) return { member: UNKNOWN_MEMBER, profile: emptyProfile(genreCount) };
    return { member, profile: emptyProfile(genreCount, signUpOf(members, member)) };
  };
  const markerOf = (version: string): string => `loaded/profiles-${PROFILE_FORM}/${expectVersion(version)}`;
  const read = (memberId: string, bytes: Uint8Array | undefined): MemberProfile => {
    if (bytes !== undefined) return decodeProfile(bytes, keyOf(memberId));
    if (!rows.has(memberId)) return coldStart(memberId).profile;
    // A cold start here would look like a profile, and what is folded into it would be lost with it.
    throw dependencyError('profile-missing', `${keyOf(memberId)}: nothing is there, expected a profile`);
  };
  const folded = (memberId: string, profile: MemberProfile, changes: ProfileChanges): Write => {
    const { plays, shown, thumbs } = changes;
    const played = plays.reduce((before, play) => foldPlay(before, play, titleGenres), profile);
    const judged = thumbs.reduce(foldThumb, played);
    const seen = shown.map(({ title, device = profile.device, row, position }) => ({
      title,
      examined: examinationOf(examination, device, row, position),
    }));
    const after = seen.length === 0 ? judged : foldShown(judged, seen, titleGenres);
    return { key: keyOf(memberId), value: encodeProfile(after) };
  };

  return {
    keyOf,
    read,
    folded,
    coldStart,
    async profile(memberId) {
      const bytes = await store.get(keyOf(memberId));
      const member = rows.get(memberId) ?? UNKNOWN_MEMBER;
      return { member, profile: read(memberId, bytes), stamp: bytes ?? NO_BYTES };
    },
    async isLoaded(version) {
      return (await store.get(markerOf(version))) !== undefined;
    },
    async load({ version, profiles, logged }) {
      const writes = function* (): Generator<Write> {
        for (const { memberId, profile } of profiles) {
          yield folded(memberId, profile, logged?.get(memberId) ?? NO_CHANGES);
        }
        for (const [memberId, changes] of logged ?? []) {
          if (!rows.has(memberId)) yield folded(memberId, coldStart(memberId).profile, changes);
        }
      };
      return loadOnce(store, markerOf(version), writes());
    },
  };
};
