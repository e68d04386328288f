/** The trial of a faulty version on `marquee serve --canary` in a process of its own, with members of the world over HTTP. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { publishVersion, setCurrentVersion } from '../../artifacts/publish.ts';
import { rejectionOf, servedVersions } from '../../artifacts/releases.ts';
import type { Rng } from '../../domain/rng.ts';
import { type PublishedModels, writeModels } from '../../serving/model-version.ts';
import type { Dressed } from '../../serving/pipelines/journey.ts';
import type { World } from '../../simulator/world.ts';
import { type ServerProcessPlan, startServerProcess } from '../server-process.ts';
import { drawReplies, repliesTo } from './page-replies.ts';

export interface LivePlan extends ServerProcessPlan {
  /** Where versions are published. */
  readonly root: string;
  readonly world: World;
  /** Rows of those who ask for pages, each as often. */
  readonly asking: readonly number[];
  /** What is published once the server serves, and under which name. */
  readonly models: PublishedModels;
  readonly version: string;
  readonly requestsPerSecond: number;
  readonly mostSeconds: number;
  readonly rng: Rng;
}

export interface LiveOutcome {
  readonly end: 'promoted' | 'rolled-back' | 'undecided';
  readonly why: string;
  /** From the publication until its end. */
  readonly requests: number;
  readonly seconds: number;
  /** Answers to members of another status than 200, and requests without an answer. */
  readonly failed: number;
}

interface PageBody {
  readonly rows: readonly {
    readonly titles: readonly { readonly id: string; readonly artwork: { readonly id: string } | null }[];
  }[];
}

/** Pages before the publication, for the old version's latencies to be known. */
const BEFORE = 250;

export const driveServer = async (plan: LivePlan): Promise<LiveOutcome> => {
  const { root, world, asking, models, version, requestsPerSecond, mostSeconds, rng } = plan;
  const { ids } = world.members;
  const [titles, artworks] = [world.catalogue.titles, world.catalogue.artworks].map(
    (table) => new Map(table.ids.map((id, row) => [id, row])),
  );
  const server = await startServerProcess(plan);
  const pool = new Pool(server.url, { connections: 64 });
  const underWay = new Set<Promise<void>>();
  let [requests, failed] = [0, 0];

  const visit = async (number: number): Promise<void> => {
    const draws = rng.fork(`visit/${number}`);
    const member = asking[Math.floor(draws.next() * asking.length)];
    const path = `/v1/members/${encodeURIComponent(ids[member])}/homepage`;
    const answer = await pool.request({ path, method: 'GET' });
    const body = (await answer.body.json()) as PageBody;
    if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
    const rows = body.rows.map((row) => ({
      titles: Uint32Array.from(row.titles, ({ id }) => titles.get(id) ?? 0),
      choice: {
        artworks: Uint32Array.from(row.titles, ({ artwork }) => artworks.get(artwork?.id ?? '') ?? 0),
      },
    }));
    const page = { rows } as unknown as Dressed;
    const events = drawReplies(repliesTo(world, member, page, models.meta.publishedAt), draws).map(
      ({ title, finished }) => ({
        ...{ type: 'play', eventId: `visit-${number}-${title}`, member: ids[member] },
        ...{ title: world.catalogue.titles.ids[title], watchedFraction: finished ? 1 : 0.1 },
      }),
    );
    if (events.length === 0) return;
    const headers = { 'content-type': 'application/json' };
    const receipt = await pool.request({
      ...{ path: '/v1/events', method: 'POST', headers, body: JSON.stringify(events) },
    });
    await receipt.body.dump();
    if (receipt.statusCode !== 200) throw new Error(`status ${receipt.statusCode}`);
  };
  const send = (): void => {
    const visiting = visit(requests).catch(() => {
      failed += 1;
    });
    requests += 1;
    underWay.add(visiting);
    void visiting.finally(() => underWay.delete(visiting));
  };
  /** Visits leave on time, whether or not earlier ones were answered, until it is over. */
  const visits = async (isOver: () => boolean): Promise<void> => {
    const [startedAt, first] = [performance.now(), requests];
    while (!isOver()) {
      const due = ((requests - first) * 1_000) / requestsPerSecond - (performance.now() - startedAt);
      if (due > 0) await sleep(due);
      send();
    }
    await Promise.all(underWay);
  };

  try {
    await visits(() => requests >= BEFORE);
    await publishVersion(root, version, (dir) => writeModels(dir, models));
    setCurrentVersion(root, version);
    const [publishedAt, before] = [performance.now(), requests];
    const seconds = (): number => (performance.now() - publishedAt) / 1_000;
    const cause = (): string | undefined => rejectionOf(root, version)?.cause;
    const isPromoted = (): boolean => servedVersions(root).at(-1) === version;
    await visits(() => cause() !== undefined || isPromoted() || seconds() > mostSeconds);
    const why = cause();
    const end = why !== undefined ? 'rolled-back' : isPromoted() ? 'promoted' : 'undecided';
    return { end, why: why ?? '', requests: requests - before, seconds: seconds(), failed };
  } finally {
    await pool.close();
    await server.close();
  }
};
