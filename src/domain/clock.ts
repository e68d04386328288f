/** Milliseconds since 1970-01-01T00:00Z. */
export type EpochMs = number;

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export interface Clock {
  now(): EpochMs;
}

export const systemClock: Clock = { now: () => Date.now() };

/** A clock that stands still, for tests and for replaying the past. */
export const fixedClock = (at: EpochMs): Clock => ({ now: () => at });

/** Whole days since 1970-01-01. */
export const dayOf = (at: EpochMs): number => Math.floor(at / DAY_MS);

/** Hour of the day in UTC, 0 to 23. */
export const hourOf = (at: EpochMs): number => Math.floor((at % DAY_MS) / HOUR_MS);

/** The day as 2026-11-20; `day` counts whole days since 1970-01-01. */
export const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
