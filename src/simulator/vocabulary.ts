import type { Rng } from '../domain/rng.ts';
import type { Vocabulary } from '../domain/tables.ts';

export const WORLD_VOCABULARY: Vocabulary = {
  kinds: ['unknown', 'movie', 'series'],
  genres: [
    'unknown',
    'Action',
    'Adventure',
    'Animation',
    'Comedy',
    'Crime',
    'Documentary',
    'Drama',
    'Family',
    'Fantasy',
    'History',
    'Horror',
    'Music',
    'Mystery',
    'Romance',
    'Science Fiction',
    'Sport',
    'Thriller',
    'Western',
  ],
  languages: ['unknown', 'en', 'es', 'fr', 'de', 'hi', 'ja', 'ko', 'pt'],
  countries: ['unknown', 'US', 'BR', 'GB', 'FR', 'DE', 'IN', 'JP', 'KR', 'MX', 'ES'],
  devices: ['unknown', 'tv', 'mobile', 'tablet', 'web'],
  campaigns: ['unknown', 'organic', 'search', 'social', 'partner'],
};

// biome-ignore format: lists of words
const WORDS = {
  quality: [
    'Crimson', 'Silent', 'Broken', 'Golden', 'Hollow', 'Distant', 'Velvet', 'Burning', 'Frozen', 'Wild',
    'Paper', 'Electric', 'Forgotten', 'Midnight', 'Northern', 'Second', 'Secret', 'Salt', 'Glass', 'Iron',
    'Little', 'Last', 'Restless', 'Scarlet', 'Quiet', 'Painted', 'Lonely', 'Bright', 'Borrowed', 'Endless',
  ],
  thing: [
    'Harbor', 'Garden', 'Letter', 'Signal', 'Orchard', 'River', 'Summer', 'Kingdom', 'Mirror', 'Lantern',
    'Station', 'Detective', 'Daughter', 'Promise', 'Orbit', 'Canyon', 'Winter', 'Machine', 'Melody', 'Shadow',
    'Frontier', 'Recipe', 'Island', 'Witness', 'Parade', 'Compass', 'Theory', 'Stranger', 'Season', 'Tide',
  ],
  place: [
    'Lisbon', 'the North', 'Kyoto', 'Harlem', 'the Valley', 'Marseille', 'Seoul', 'the Desert', 'Oaxaca',
    'Bergen', 'the Moon', 'Calcutta', 'Bahia', 'the Old Town', 'Prague', 'the Coast',
  ],
};

const PATTERNS: readonly ((q: string, t: string, p: string) => string)[] = [
  (q, t) => `The ${q} ${t}`,
  (q, t) => `${q} ${t}`,
  (_q, t, p) => `The ${t} of ${p}`,
  (q, t, p) => `${q} ${t} in ${p}`,
];

const pick = <T>(list: readonly T[], rng: Rng): T => list[Math.floor(rng.next() * list.length)];

/** Names, all different; a name that was taken gets a number, as a sequel would. */
export const titleNames = (count: number, rng: Rng): string[] => {
  const taken = new Map<string, number>();
  return Array.from({ length: count }, () => {
    const pattern = pick(PATTERNS, rng);
    const name = pattern(pick(WORDS.quality, rng), pick(WORDS.thing, rng), pick(WORDS.place, rng));
    const part = (taken.get(name) ?? 0) + 1;
    taken.set(name, part);
    return part === 1 ? name : `${name} ${part}`;
  });
};
