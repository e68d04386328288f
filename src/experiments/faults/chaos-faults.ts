/** Faults that are made in the open: each with a server of its own over a copy of what was published. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentVersion, setCurrentVersion } from '../../artifacts/publish.ts';
import { bugError } from '../../domain/errors.ts';
import type { Rng } from '../../domain/rng.ts';
import { workPlaces } from '../../serving/work-places.ts';
import { type ServerProcess, startServerProcess } from '../server-process.ts';
import type { ChaosName } from './chaos-names.ts';
import { copyVersion } from './copied-version.ts';
import { damaged } from './damage.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { type REDIS_FAULTS, redisFaults } from './redis-faults.ts';
import { hasRedisServer, startRedis } from './redis-server.ts';
import type { SeenAnswer, StoreFault } from './store-fault.ts';

export interface ChaosPlace {
  /** A work directory that nobody else uses. */
  readonly workDir: string;
  readonly commandLine: readonly string[];
  readonly rng: Rng;
}

export interface OpenFault extends StoreFault {
  /** Of the server. */
  readonly origin: string;
  close(): Promise<void>;
}

export interface FaultTimes {
  readonly beganMs: number;
  readonly endedMs: number;
}

export interface ChaosFault {
  /** Whether a request that failed is what the fault has to cost. Default: none is. */
  readonly mayFail?: (answer: SeenAnswer, times: FaultTimes) => boolean;
  /** Why it cannot be made here, where it cannot. */
  readonly isAway?: () => string | undefined;
  open(place: ChaosPlace): Promise<OpenFault>;
}

/** A request due just before is under way when the fault comes; one due just after its end may meet what is left of it. */
const AROUND_MS = 1_000;
const within = ({ dueMs, latencyMs }: SeenAnswer, { beganMs, endedMs }: FaultTimes): boolean =>
  dueMs + latencyMs >= beganMs && dueMs <= endedMs + AROUND_MS;

const redisFault = (name: (typeof REDIS_FAULTS)[number]): ChaosFault => ({
  isAway: () => (hasRedisServer() ? undefined : 'redis-server is not on the PATH'),
  async open({ workDir, commandLine, rng }) {
    const redis = await startRedis();
    const proxy = await startFaultProxy(redis.port, rng.fork('proxy'));
    const flags = ['--store', `redis://127.0.0.1:${proxy.port}`];
    const server = await startServerProcess({ workDir, commandLine, flags });
    return {
      ...redisFaults(redis, proxy)[name],
      origin: server.url,
      async close() {
        await server.close();
        await proxy.close();
        await redis.close();
      },
    };
  },
});

const opened = (server: ServerProcess, fault: StoreFault): OpenFault => ({
  ...fault,
  origin: server.url,
  close: () => server.close(),
});

/** No file of the process may be written any more, which is what writing to a full disk comes to. */
const diskFull: ChaosFault = {
  isAway: () => (spawnSync('prlimit', ['--version']).status === 0 ? undefined : 'prlimit is not on the PATH'),
  mayFail: (answer, times) => answer.kind === 'event' && answer.status === 503 && within(answer, times),
  async open(place) {
    const server = await startServerProcess(place);
    const limit = (size: string): void => {
      const { status, stderr } = spawnSync('prlimit', ['--pid', String(server.pid), `--fsize=${size}:`]);
      if (status !== 0) throw bugError('prlimit', `prlimit: ${stderr}`);
    };
    return opened(server, { begin: () => limit('4096'), end: () => limit('unlimited') });
  },
};

const artifactDamaged: ChaosFault = {
  async open(place) {
    const server = await startServerProcess(place);
    const root = workPlaces(place.workDir).models;
    const good = currentVersion(root);
    if (good === undefined) throw bugError('nothing-published', `${root}: nothing was published there`);
    return opened(server, {
      async begin() {
        const file = 'profiles.arrow';
        const { bytes } = damaged(readFileSync(join(good.dir, file)), place.rng.fork('damage'));
        const bad = await copyVersion(good, root, 'damaged', new Map([[file, bytes]]));
        setCurrentVersion(root, bad.name);
      },
      end: () => setCurrentVersion(root, good.name),
    });
  },
};

const workerKilled: ChaosFault = {
  mayFail: (answer, { beganMs }) => within(answer, { beganMs, endedMs: beganMs }),
  async open(place) {
    const server = await startServerProcess({ ...place, flags: ['--workers', '2'] });
    return opened(server, {
      begin: () => process.kill(childrenOf(server.pid)[0], 'SIGKILL'),
      end: () => undefined,
    });
  },
};

const childrenOf = (pid: number): number[] => {
  const listed = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).stdout;
  const pairs = listed
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const children = pairs.filter(([, parent]) => parent === pid).map(([child]) => child);
  if (children.length === 0)
    throw bugError('no-workers', `ps: process ${pid} has no children, expected workers`);
  return children;
};

const serverKilled: ChaosFault = {
  mayFail: within,
  async open(place) {
    let server = await startServerProcess(place);
    const port = Number(new URL(server.url).port);
    return {
      origin: server.url,
      async begin() {
        process.kill(server.pid, 'SIGKILL');
        await server.ended;
      },
      async end() {
        server = await startServerProcess({ ...place, port });
      },
      close: () => server.close(),
    };
  },
};

export const CHAOS_FAULTS: Readonly<Record<ChaosName, ChaosFault>> = {
  'store-killed': redisFault('killed'),
  'store-stopped': redisFault('stopped'),
  'store-slowed': redisFault('slowed'),
  'store-garbage': redisFault('garbage'),
  'disk-full': diskFull,
  'artifact-damaged': artifactDamaged,
  'worker-killed': workerKilled,
  'server-killed': serverKilled,
};
