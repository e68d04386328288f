import { dayOf, hourOf } from '../domain/clock.ts';
import type { RecRequest } from '../domain/request.ts';
import type { Vocabulary } from '../domain/tables.ts';

/** Values of the query tower's dense input: what is known of a member beside the watch history. */
export const queryFeatureSize = (vocabulary: Vocabulary): number =>
  2 * vocabulary.genres.length + vocabulary.countries.length + vocabulary.devices.length + 4;

const TENURE_SCALE = 8; // log(1 + days) of eight years
const PLAYS_SCALE = 5;

/**
 * Writes the dense input of one request at `offset`: shares of watched genres, surveyed genres, country,
 * device, hour (as a point on a circle), tenure and number of plays. Returns the offset after it.
 */
export const writeQueryFeatures = (
  out: Float32Array,
  offset: number,
  request: Pick<RecRequest, 'at' | 'device' | 'profile'>,
  vocabulary: Vocabulary,
): number => {
  const { profile, at, device } = request;
  const genres = vocabulary.genres.length;
  out.fill(0, offset, offset + queryFeatureSize(vocabulary));
  let watched = 0;
  for (const sum of profile.genreWatched) watched += sum;
  if (watched > 0) for (let g = 0; g < genres; g++) out[offset + g] = profile.genreWatched[g] / watched;
  let next = offset + genres;
  for (const genre of profile.surveyGenres) out[next + genre] = 1;
  next += genres;
  out[next + profile.country] = 1;
  next += vocabulary.countries.length;
  out[next + device] = 1;
  next += vocabulary.devices.length;
  const angle = (2 * Math.PI * hourOf(at)) / 24;
  out[next++] = Math.sin(angle);
  out[next++] = Math.cos(angle);
  const tenureDays = profile.signupDay > 0 ? Math.max(0, dayOf(at) - profile.signupDay) : 0;
  out[next++] = Math.log1p(tenureDays) / TENURE_SCALE;
  out[next++] = Math.log1p(profile.playCount) / PLAYS_SCALE;
  return next;
};
