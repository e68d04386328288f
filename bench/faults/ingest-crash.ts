/** A server is killed with `kill -9` at random moments while clients send it events, and send again what was not acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Rng } from '../../src/domain/rng.ts';
import { type EventRows, eventKey, loggedChanges } from '../../src/serving/events/event-log.ts';
import type { MemberEvent } from '../../src/serving/events/event-schemas.ts';
import type { ProfileStore } from '../../src/serving/profile-store.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { randomEvent } from './event-mix.ts';

export interface MortalServer {
  readonly url: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface IngestCrashPlan {
  readonly start: () => Promise<MortalServer>;
  readonly kills: number;
  /** It is killed so long, at most, after its first acknowledgement. */
  readonly longestLifeMs: number;
  readonly memberIds: readonly string[];
  readonly titleIds: readonly string[];
  readonly rng: Rng;
}

export interface IngestCrashes {
  readonly acknowledged: readonly MemberEvent[];
  /** Events that were sent once more, since a server died before it answered. */
  readonly sentAgain: number;
}

/** Events of one request. */
const BATCH = 25;
const CLIENTS = 8;

export const crashIngest = async (plan: IngestCrashPlan): Promise<IngestCrashes> => {
  const { memberIds, titleIds, rng } = plan;
  const acknowledged: MemberEvent[] = [];
  const unanswered: MemberEvent[][] = [];
  let [drawn, sentAgain] = [0, 0];
  const draws = rng.fork('events');
  const newBatch = (): MemberEvent[] =>
    Array.from({ length: BATCH }, () => {
      drawn += 1;
      const member = memberIds[Math.floor(draws.next() * memberIds.length)];
      return randomEvent({ eventId: `crash-${drawn}`, member, titleIds, viewings: 9 }, draws);
    });
  for (let life = 0; life < plan.kills; life++) {
    const server = await plan.start();
    const pool = new Pool(server.url, { connections: CLIENTS });
    let isAlive = true;
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const client = async (): Promise<void> => {
      while (isAlive) {
        const again = unanswered.pop();
        sentAgain += again?.length ?? 0;
        const batch = again ?? newBatch();
        if (!(await areAcknowledged(pool, batch))) {
          unanswered.push(batch);
          await sleep(5);
          continue;
        }
        acknowledged.push(...batch);
        answer();
      }
    };
    const clients = Array.from({ length: CLIENTS }, client);
    await Promise.race([answered, Promise.all(clients)]);
    await sleep(rng.fork(`life/${life}`).next() * plan.longestLifeMs);
    await server.kill();
    isAlive = false;
    await Promise.all(clients);
    await pool.destroy();
  }
  return { acknowledged, sentAgain };
};

const areAcknowledged = async (pool: Pool, batch: readonly MemberEvent[]): Promise<boolean> => {
  try {
    const { statusCode, body } = await pool.request({
      ...{ path: '/v1/events', method: 'POST', body: JSON.stringify(batch) },
      headers: { 'content-type': 'application/json' },
    });
    await body.dump({ limit: Number.POSITIVE_INFINITY });
    return statusCode === 200;
  } catch {
    return false; // the server died; who sent it does not know whether it counts
  }
};

export interface CrashVerdict {
  /** Acknowledged events that are not in the log, and plays in the log that a profile does not count. */
  readonly lost: number;
  /** Plays that a profile counts beyond those in the log, and profiles that differ from the log in something else. */
  readonly duplicated: number;
}

/** Holds what is in the store against what was acknowledged. The members are such as have no profile but of these events. */
export const judgeIngest = async (
  { acknowledged }: IngestCrashes,
  {
    store,
    profiles,
    ...rows
  }: EventRows & {
    readonly store: Store;
    readonly profiles: ProfileStore;
    readonly memberIds: readonly string[];
  },
): Promise<CrashVerdict> => {
  const held = await store.getMany(acknowledged.map(eventKey));
  let lost = held.filter((bytes) => bytes === undefined).length;
  let duplicated = 0;
  const logged = await loggedChanges(store, rows);
  for (const memberId of rows.memberIds) {
    const bytes = await store.get(profiles.keyOf(memberId));
    const changes = logged.get(memberId);
    const nothing = profiles.coldStart(memberId).profile;
    const expected = changes && profiles.folded(memberId, nothing, changes).value;
    if (Buffer.from(bytes ?? []).equals(Buffer.from(expected ?? []))) continue;
    const counted = profiles.read(memberId, bytes).playCount;
    const due = profiles.read(memberId, expected).playCount;
    lost += Math.max(0, due - counted);
    duplicated += Math.max(counted > due ? 0 : 1, counted - due);
  }
  return { lost, duplicated };
};
