/** What a member searched for of late, to be offered again: newest first, each query once. */
import type { EpochMs } from '../../domain/clock.ts';
import { dependencyError } from '../../domain/errors.ts';
import type { Entry, Write } from '../stores/contract.ts';
import { happenedAt, type LoggedEvent } from './event-log.ts';

export interface RecentSearch {
  readonly query: string;
  readonly at: EpochMs;
  /** The result that was opened, if one was. */
  readonly title?: string;
}

/** Searches kept of a member. */
export const SEARCHES_LIMIT = 20;

export const searchesKey = (member: string): string => `searches/{${member}}`;

/** @throws MarqueeError (dependency) that names the key when the bytes are no such list */
export const decodeSearches = ({ key, value }: Entry): readonly RecentSearch[] => {
  try {
    return JSON.parse(new TextDecoder().decode(value));
  } catch (cause) {
    const came = `${value.length} other bytes`;
    throw dependencyError('searches-damaged', `${key}: expected searches as JSON, got ${came}`, { cause });
  }
};

/**
 * The write that brings a member's searches up to these events, or none where they hold no search. The list is the same
 * whatever the order of events.
 */
export const searchesWrite = (
  key: string,
  bytes: Uint8Array | undefined,
  events: readonly LoggedEvent[],
): Write[] => {
  const found = events.flatMap((logged): RecentSearch[] => {
    const { event } = logged;
    if (event.type !== 'search') return [];
    const { query, title } = event;
    return [{ query, at: happenedAt(logged), ...(title === undefined ? {} : { title }) }];
  });
  if (found.length === 0) return [];
  const latest = new Map<string, RecentSearch>();
  for (const search of [...(bytes === undefined ? [] : decodeSearches({ key, value: bytes })), ...found]) {
    const held = latest.get(search.query);
    if (held === undefined || byNewest(search, held) < 0) latest.set(search.query, search);
  }
  const kept = [...latest.values()].sort(byNewest).slice(0, SEARCHES_LIMIT);
  return [{ key, value: new TextEncoder().encode(JSON.stringify(kept)) }];
};

/** Those of one time by what they say, so that no two differ in nothing but their order. */
const byNewest = (a: RecentSearch, b: RecentSearch): number =>
  b.at - a.at || compare(a.query, b.query) || compare(b.title ?? '', a.title ?? '');

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
