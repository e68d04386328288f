/** Random histories of members as a network delivers them, and whether the server makes of them what a sorted log says. */
import { DAY_MS, type EpochMs, HOUR_MS } from '../../src/domain/clock.ts';
import { heldTo, type Measurement } from '../../src/domain/measurement.ts';
import type { Rng } from '../../src/domain/rng.ts';
import type { CodeLists, Members, Vocabulary } from '../../src/domain/tables.ts';
import type { ExaminationEstimate } from '../../src/ranking/examination.ts';
import { changesOf } from '../../src/serving/events/event-log.ts';
import type { MemberEvent } from '../../src/serving/events/event-schemas.ts';
import { createEventIngest } from '../../src/serving/events/ingest.ts';
import { createProfileStore, type ProfileStore } from '../../src/serving/profile-store.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { randomEvent } from './event-mix.ts';

export interface Delivery {
  readonly event: MemberEvent;
  /** When the server gets it. */
  readonly arrivesAt: EpochMs;
}

const TITLES = 120;
const GENRES = 9;
const START = 20_000 * DAY_MS;
const DEVICES = ['unknown', 'tv', 'mobile'];

const titleGenres: CodeLists = {
  offsets: Uint32Array.from({ length: TITLES + 1 }, (_, title) => 2 * title + Math.floor(title / 3)),
  codes: Uint8Array.from({ length: 3 * TITLES }, (_, i) => i % GENRES),
};
const vocabulary: Vocabulary = {
  ...{ kinds: [], genres: Array.from({ length: GENRES }, (_, genre) => `g${genre}`), languages: [] },
  ...{ countries: [], devices: DEVICES, campaigns: [] },
};
const nobody: Members = {
  ids: [],
  country: new Uint8Array(0),
  device: new Uint8Array(0),
  signupDay: new Int32Array(0),
  campaign: new Uint8Array(0),
  surveyGenres: { offsets: new Uint32Array(1), codes: new Uint8Array(0) },
};
const titleIds = Array.from({ length: TITLES }, (_, row) => `t${row}`);
const titleRows = new Map(titleIds.map((id, row) => [id, row]));
const rows = { titleRows, vocabulary };
/** Chances that are no whole number of anything. */
const examination: ExaminationEstimate = {
  ...{ devices: DEVICES.length, rows: 4, positions: 5 },
  row: Float64Array.from({ length: 4 * DEVICES.length }, (_, i) => 1 / (1 + 0.3 * i)),
  position: Float64Array.from({ length: 5 * DEVICES.length }, (_, i) => 0.9 ** i),
};

/**
 * What one member did, as it arrives: each event within the hour, those of a phone up to 7 days late, and three in ten
 * of all twice or three times. Some events share a moment, and some viewings go on from one device to another.
 */
export const randomHistory = (member: string, events: number, rng: Rng): Delivery[] => {
  const whole = (below: number): number => Math.floor(rng.next() * below);
  const deliveries: Delivery[] = [];
  for (let i = 0; i < events; i++) {
    const at = START + 1_000 * whole(events * 200); // a moment in so many is shared
    const device = DEVICES[whole(DEVICES.length)];
    const draw = { eventId: `e${i}`, member, at, device, titleIds, viewings: 6 };
    const event = randomEvent(draw, rng);
    const lateMs = device === 'mobile' && rng.next() < 0.5 ? rng.next() * 7 * DAY_MS : 0;
    const times = rng.next() < 0.3 ? 2 + whole(2) : 1;
    for (let time = 0; time < times; time++) {
      deliveries.push({ event, arrivesAt: Math.floor(at + lateMs + rng.next() * HOUR_MS) });
    }
  }
  return deliveries.sort((a, b) => a.arrivesAt - b.arrivesAt);
};

/** Parts that tests exchange for faulty ones. */
export interface HistoryGuards {
  readonly store?: (store: Store) => Store;
  readonly profiles?: (profiles: ProfileStore) => ProfileStore;
}

/** @returns whether the member's profile, as bytes, is another than the one that the sorted history makes */
export const isMismatch = async (
  member: string,
  deliveries: readonly Delivery[],
  { store: changed = (store) => store, profiles: exchanged = (profiles) => profiles }: HistoryGuards = {},
): Promise<boolean> => {
  let now = START;
  const clock = { now: () => now };
  const store = changed(createMemoryStore(clock));
  const stored = createProfileStore({
    ...{ store, members: nobody, titleGenres, genreCount: GENRES, examination },
  });
  const ingest = createEventIngest({ store, profiles: exchanged(stored), ...rows, clock });
  for (let from = 0; from < deliveries.length; ) {
    const to = from + 1 + (deliveries[from].arrivesAt % 4); // batches of one to four
    const batch = deliveries.slice(from, to);
    now = batch[batch.length - 1].arrivesAt;
    await ingest.accept(batch.map(({ event }) => event));
    from = to;
  }
  const online = await store.get(stored.keyOf(member));
  const once = new Map(deliveries.map(({ event }) => [event.eventId, event]));
  const sorted = [...once.values()].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  const logged = sorted.map((event) => ({ event, receivedAt: now }));
  const changes = changesOf(logged, rows, new Map());
  const offline = stored.folded(member, stored.coldStart(member).profile, changes).value;
  return !Buffer.from(online ?? []).equals(Buffer.from(offline ?? []));
};

export const measureEventHistories = async (options: {
  readonly small: boolean;
  readonly rng: Rng;
}): Promise<Measurement> => {
  const histories = options.small ? 500 : 10_000;
  let mismatches = 0;
  for (let i = 0; i < histories; i++) {
    const member = `m${i}`;
    const rng = options.rng.fork(`history/${i}`);
    const deliveries = randomHistory(member, 20 + Math.floor(rng.next() * 180), rng);
    if (await isMismatch(member, deliveries)) mismatches += 1;
  }
  const measurement: Measurement = {
    ...{ name: 'events.mismatches', value: mismatches, unit: 'histories', n: histories },
    definition:
      'histories whose profile, as the bytes that a server keeps, is another than the one folded from the same events in the order of time',
    protocol:
      'histories of 20 to 200 events of every type, shuffled over an hour, 30 % sent two or three times, half of the mobile ones up to 7 days late, taken in batches of 1 to 4',
  };
  return heldTo(measurement, 0);
};
