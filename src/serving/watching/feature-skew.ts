/**
 * Whether the features that were served are those that training would compute of the same moment: each logged page's are
 * computed again from the version's profiles and the log of events, by the definitions of today.
 */
import type { ServedTitles } from '../../../datasets/served-log.ts';
import type { EpochMs } from '../../domain/clock.ts';
import type { FeatureMatrix, MemberProfile, RecRequest } from '../../domain/request.ts';
import type { Members } from '../../domain/tables.ts';
import { changesOf, type EventRows, happenedAt, type LoggedEvent } from '../events/event-log.ts';
import type { ProfileChanges } from '../profile-store.ts';

export interface FeatureSkew {
  readonly feature: string;
  /** Titles compared. */
  readonly n: number;
  readonly largestDifference: number;
  /** Of the titles: any difference at all, and one above the tolerance. */
  readonly unequalShare: number;
  readonly skewedShare: number;
  readonly skewed: boolean;
}

export interface SkewReport {
  readonly pages: number;
  /** Left out: an event of the member came in the same moment, so it cannot be told whether the page knew it. */
  readonly unsettled: number;
  /** Left out: made by another version. */
  readonly ofOtherVersions: number;
  readonly features: readonly FeatureSkew[];
}

export interface SkewParts extends EventRows {
  readonly modelVersion: string;
  readonly members: Members;
  /** As of the version, by row of the members table. */
  readonly profiles: readonly MemberProfile[];
  /** Of who is not in the table. */
  readonly stranger: MemberProfile;
  readonly fold: (profile: MemberProfile, changes: ProfileChanges) => MemberProfile;
  readonly features: (request: RecRequest, items: Uint32Array) => FeatureMatrix;
  /** Every event of the member, in any order. */
  readonly eventsOf: (memberId: string) => Promise<readonly LoggedEvent[]>;
}

/** Relative to the value, and absolute below 1: single precision and the order of sums make less. */
export const SKEW_TOLERANCE = 1e-4;
/** Of the titles of a feature that may be beyond it. */
const MOST_SKEWED = 0.001;
/**
 * A page knows every event that was acknowledged before it. Which of those that came in so short a time before it were
 * acknowledged by then, and whether one that came right after was in time to be read, is not in the log.
 */
const UNSETTLED_MS = { before: 1_000, after: 10 } as const;

export const featureSkew = async (served: Iterable<ServedTitles>, parts: SkewParts): Promise<SkewReport> => {
  const counts = { pages: 0, unsettled: 0, ofOtherVersions: 0 };
  const sums = new Map<string, { n: number; largest: number; unequal: number; skewed: number }>();
  const rowOf = new Map(parts.members.ids.map((id, row) => [id, row]));
  for (const log of served) {
    for (const [from, to] of pagesOf(log)) {
      if (log.modelVersion[from] !== parts.modelVersion) {
        counts.ofOtherVersions += 1;
        continue;
      }
      const memberId = log.member[from];
      const time = log.time[from];
      const events = await parts.eventsOf(memberId);
      if (events.some((event) => isUnsettled(event, time))) {
        counts.unsettled += 1;
        continue;
      }
      counts.pages += 1;
      const member = rowOf.get(memberId) ?? -1;
      const profile = profileAt(parts.profiles[member] ?? parts.stranger, events, time, parts);
      const items = Uint32Array.from(log.title.slice(from, to), (id) => parts.titleRows.get(id) as number);
      const device = log.device[from];
      const requestId = log.requestId[from];
      const again = parts.features({ requestId, memberId, member, at: time, device, profile }, items);
      compare(log.features, again, from, sums);
    }
  }
  const features = [...sums].map(([feature, { n, largest, unequal, skewed }]) => ({
    ...{ feature, n, largestDifference: largest, unequalShare: unequal / n, skewedShare: skewed / n },
    skewed: skewed / n > MOST_SKEWED,
  }));
  return { ...counts, features };
};

const isUnsettled = ({ receivedAt }: LoggedEvent, time: EpochMs): boolean =>
  receivedAt > time - UNSETTLED_MS.before && receivedAt < time + UNSETTLED_MS.after;

/** From the first to after the last row of each request. */
const pagesOf = function* ({ requestId }: ServedTitles): Generator<readonly [number, number]> {
  for (let from = 0; from < requestId.length; ) {
    let to = from + 1;
    while (requestId[to] === requestId[from]) to += 1;
    yield [from, to];
    from = to;
  }
};

const profileAt = (
  published: MemberProfile,
  events: readonly LoggedEvent[],
  time: EpochMs,
  parts: SkewParts,
): MemberProfile => {
  const known = events
    .filter(({ receivedAt }) => receivedAt < time)
    .sort((a, b) => happenedAt(a) - happenedAt(b));
  return parts.fold(published, changesOf(known, parts, new Map()));
};

const compare = (
  logged: FeatureMatrix,
  again: FeatureMatrix,
  from: number,
  sums: Map<string, { n: number; largest: number; unequal: number; skewed: number }>,
): void => {
  logged.names.forEach((feature, f) => {
    const column = again.names.indexOf(feature);
    const sum = sums.get(feature) ?? { n: 0, largest: 0, unequal: 0, skewed: 0 };
    sums.set(feature, sum);
    for (let i = 0; i < again.rows; i++) {
      const before = logged.values[(from + i) * logged.names.length + f];
      const now = column < 0 ? Number.NaN : again.values[i * again.names.length + column];
      const difference = Object.is(before, now) ? 0 : Math.abs(before - now);
      sum.n += 1;
      if (difference !== 0) sum.unequal += 1;
      if (!(difference <= SKEW_TOLERANCE * Math.max(1, Math.abs(before)))) sum.skewed += 1;
      sum.largest = Number.isNaN(difference) ? difference : Math.max(sum.largest, difference);
    }
  });
};
