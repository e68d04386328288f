/**
 * A profile as bytes, little-endian, arrays back to back from the widest element to the narrowest:
 *   version u8, country u8, device u8, survey genres u8, signup day i32, plays u32, history u16, genres u16
 *   times f64[h], titles u32[h], fractions f32[h], four sums by genre f32[g], survey genres u8[s]
 */
import { dependencyError } from '../domain/errors.ts';
import type { MemberProfile } from '../domain/request.ts';

const VERSION = 2;
const HEADER_BYTES = 16;
const HISTORY_ENTRY_BYTES = 16; // time 8, title 4, fraction 4

export const encodeProfile = (profile: MemberProfile): Uint8Array => {
  const { historyTimes, historyTitles, historyFractions, surveyGenres } = profile;
  const { genreWatched, genrePlayed, genreShown, genreExamined } = profile;
  const history = historyTitles.length;
  const bytes = new Uint8Array(sizeBytes(history, genreWatched.length, surveyGenres.length));
  const header = new DataView(bytes.buffer, 0, HEADER_BYTES);
  header.setUint8(0, VERSION);
  header.setUint8(1, profile.country);
  header.setUint8(2, profile.device);
  header.setUint8(3, surveyGenres.length);
  header.setInt32(4, profile.signupDay, true);
  header.setUint32(8, profile.playCount, true);
  header.setUint16(12, history, true);
  header.setUint16(14, genreWatched.length, true);
  let at = HEADER_BYTES;
  const byGenre = [genreWatched, genrePlayed, genreShown, genreExamined];
  for (const part of [historyTimes, historyTitles, historyFractions, ...byGenre, surveyGenres]) {
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
  if (length < HEADER_BYTES || header.getUint8(0) !== VERSION) {
    const came = length === 0 ? 'no bytes' : `version ${header.getUint8(0)} in ${length} bytes`;
    throw dependencyError('profile-damaged', `${key}: got ${came}, expected a profile of version ${VERSION}`);
  }
  const surveyed = header.getUint8(3);
  const history = header.getUint16(12, true);
  const genres = header.getUint16(14, true);
  const expected = sizeBytes(history, genres, surveyed);
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
    historyTimes: new Float64Array(buffer, next(8 * history), history),
    historyTitles: new Uint32Array(buffer, next(4 * history), history),
    historyFractions: new Float32Array(buffer, next(4 * history), history),
    genreWatched: new Float32Array(buffer, next(4 * genres), genres),
    genrePlayed: new Float32Array(buffer, next(4 * genres), genres),
    genreShown: new Float32Array(buffer, next(4 * genres), genres),
    genreExamined: new Float32Array(buffer, next(4 * genres), genres),
    surveyGenres: new Uint8Array(buffer, next(surveyed), surveyed),
  };
};

const sizeBytes = (history: number, genres: number, surveyed: number): number =>
  HEADER_BYTES + HISTORY_ENTRY_BYTES * history + 16 * genres + surveyed;
