import { callerError } from '../domain/errors.ts';

/** Everything that makes one world. Two worlds of the same config are the same, to the bit. */
export interface WorldConfig {
  readonly seed: number;
  readonly titles: number;
  readonly members: number;
  readonly days: number;
  /** First day of the logs, in whole days since 1970-01-01. */
  readonly startDay: number;
  readonly pageRows: number;
  readonly pageColumns: number;
  readonly minArtworks: number;
  readonly maxArtworks: number;
  /** Mean page views of a member in a day. */
  readonly visitsPerDay: number;
  /** Share of pages on which every place draws from the same mixture, so that place and title are independent. */
  readonly randomSlotShare: number;
  /** Share of members who sign up, and of titles that are released, while the logs run. */
  readonly newMemberShare: number;
  readonly newTitleShare: number;
}

export const DEFAULT_WORLD: WorldConfig = {
  seed: 42,
  titles: 10_000,
  members: 20_000,
  days: 60,
  startDay: 20_454, // 2026-01-01
  pageRows: 4,
  pageColumns: 5,
  minArtworks: 3,
  maxArtworks: 20,
  visitsPerDay: 0.17,
  randomSlotShare: 0.1,
  newMemberShare: 0.15,
  newTitleShare: 0.08,
};

/** Changes when the same config would make another world. */
export const WORLD_VERSION = 1;

interface Range {
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
}

const RANGES: { readonly [K in keyof WorldConfig]: Range } = {
  seed: { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, whole: true },
  titles: { min: 50, max: 5_000_000, whole: true },
  members: { min: 1, max: 50_000_000, whole: true },
  days: { min: 1, max: 3_650, whole: true },
  startDay: { min: 0, max: 100_000, whole: true },
  pageRows: { min: 1, max: 40, whole: true },
  pageColumns: { min: 1, max: 40, whole: true },
  minArtworks: { min: 1, max: 100, whole: true },
  maxArtworks: { min: 1, max: 100, whole: true },
  visitsPerDay: { min: 0, max: 50, whole: false },
  randomSlotShare: { min: 0, max: 1, whole: false },
  newMemberShare: { min: 0, max: 1, whole: false },
  newTitleShare: { min: 0, max: 0.9, whole: false },
};

/**
 * The default world with some of its numbers changed.
 * @throws MarqueeError (caller) naming the field that is out of range
 */
export const worldConfig = (changes: Partial<WorldConfig> = {}): WorldConfig => {
  const config: WorldConfig = { ...DEFAULT_WORLD, ...changes };
  for (const name of Object.keys(RANGES) as (keyof WorldConfig)[]) {
    const value = config[name];
    const { min, max, whole } = RANGES[name];
    if (!(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
      throw callerError(
        'world-config',
        `world ${name}: expected ${whole ? 'a whole number' : 'a number'} from ${min} to ${max}, got ${value}`,
      );
    }
  }
  if (config.maxArtworks < config.minArtworks) {
    throw callerError(
      'world-config',
      `world maxArtworks: expected at least minArtworks (${config.minArtworks}), got ${config.maxArtworks}`,
    );
  }
  if (config.pageRows * config.pageColumns * 2 > config.titles) {
    throw callerError(
      'world-config',
      `world titles: expected at least twice the places of a page (${config.pageRows * config.pageColumns * 2}), got ${config.titles}`,
    );
  }
  return config;
};
