/**
 * A profile as bytes, little-endian, arrays back to back from the widest element to the narrowest:
 *   version u8, country u8, device u8, survey genres u8, signup day i32, plays u32, history u16, genres u16, thumbs u16
 *   five sums by genre f64[g], history times f64[h], thumb times f64[t], titles u32[h], fractions f32[h],
 *   thumb titles u32[t], up f32[t], survey genres u8[s]
 */
import { dependencyError } from '../domain/errors.ts';
import type { MemberProfile } from '../domain/request.ts';

/** In the name of what marks profiles as loaded, so that those of another form are loaded anew. */
export const PROFILE_FORM = 5;
const HEADER_BYTES = 24;
const LISTED_BYTES = 16; // time 8, title 4, fraction or thumb 4

export const encodeProfile = (profile: MemberProfile): Uint8Array => {
  const { historyTimes, historyTitles, historyFractions, thumbTimes, thumbTitles, thumbsUp } = profile;
  const { genreWatched, genrePlayed, genreExamined, genreFavour, genreFavourEvidence, surveyGenres } =
    profile;
  const counts = {
    history: historyTitles.length,
    genres: genreWatched.length,
    thumbs: thumbTitles.length,
    surveyed: surveyGenres.length,
  };
  const bytes = new Uint8Array(sizeBytes(counts));
  const header = new DataView(bytes.buffer, 0, HEADER_BYTES);
  header.setUint8(0, PROFILE_FORM);
  header.setUint8(1, profile.country);
  header.setUint8(2, profile.device);
  header.setUint8(3, counts.surveyed);
  header.setInt32(4, profile.signupDay, true);
  header.setUint32(8, profile.playCount, true);
  header.setUint16(12, counts.history, true);
  header.setUint16(14, counts.genres, true);
  header.setUint16(16, counts.thumbs, true);
  let at = HEADER_BYTES;
  const parts = [
    ...[genreWatched, genrePlayed, genreExamined, genreFavour, genreFavourEvidence],
    ...[historyTimes, thumbTimes, historyTitles, historyFractions, thumbTitles, thumbsUp, surveyGenres],
  ];
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return bytes;
};

/**
 * The profile that was encoded; it may share memory with the bytes.
 * @throws MarqueeError (dependency) that names `key` when the bytes are not such a profile
 */
export const decodeProfile = (bytes: Uint8Array, key: string): MemberProfile => {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
  const { buffer, byteOffset, length } = aligned;
  const header = new DataView(buffer, byteOffset, length);
  if (length < HEADER_BYTES || header.getUint8(0) !== PROFILE_FORM) {
    const came = length === 0 ? 'no bytes' : `version ${header.getUint8(0)} in ${length} bytes`;
    throw dependencyError(
      'profile-damaged',
      `${key}: got ${came}, expected a profile of version ${PROFILE_FORM}`,
    );
  }
  const surveyed = header.getUint8(3);
  const history = header.getUint16(12, true);
  const genres = header.getUint16(14, true);
  const thumbs = header.getUint16(16, true);
  const expected = sizeBytes({ history, genres, thumbs, surveyed });
  if (length !== expected) {
    throw dependencyError('profile-damaged', `${key}: got ${length} bytes, expected ${expected}`);
  }
  let at = byteOffset + HEADER_BYTES;
  const next = (bytesLong: number): number => {
    const start = at;
    at += bytesLong;
    return start;
  };
  return {
    country: header.getUint8(1),
    device: header.getUint8(2),
    signupDay: header.getInt32(4, true),
    playCount: header.getUint32(8, true),
    genreWatched: new Float64Array(buffer, next(8 * genres), genres),
    genrePlayed: new Float64Array(buffer, next(8 * genres), genres),
    genreExamined: new Float64Array(buffer, next(8 * genres), genres),
    genreFavour: new Float64Array(buffer, next(8 * genres), genres),
    genreFavourEvidence: new Float64Array(buffer, next(8 * genres), genres),
    historyTimes: new Float64Array(buffer, next(8 * history), history),
    thumbTimes: new Float64Array(buffer, next(8 * thumbs), thumbs),
    historyTitles: new Uint32Array(buffer, next(4 * history), history),
    historyFractions: new Float32Array(buffer, next(4 * history), history),
    thumbTitles: new Uint32Array(buffer, next(4 * thumbs), thumbs),
    thumbsUp: new Float32Array(buffer, next(4 * thumbs), thumbs),
    surveyGenres: new Uint8Array(buffer, next(surveyed), surveyed),
  };
};

interface Counts {
  readonly history: number;
  readonly genres: number;
  readonly thumbs: number;
  readonly surveyed: number;
}

const sizeBytes = ({ history, genres, thumbs, surveyed }: Counts): number =>
  HEADER_BYTES + LISTED_BYTES * (history + thumbs) + 40 * genres + surveyed;
