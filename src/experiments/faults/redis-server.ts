/** A real redis-server of our own on loopback, to be killed, stopped and started again. It keeps nothing on disk. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { dependencyError } from '../../domain/errors.ts';
import { freePort } from './free-port.ts';

export interface RedisServer {
  readonly port: number;
  /** Gone at once, with all that it held. */
  kill(): Promise<void>;
  /** Takes connections and commands and answers none, until it may go on. */
  stop(): void;
  goOn(): void;
  /** After `kill`, on the same port. */
  restart(): Promise<void>;
  /** Ends it and removes what it left. */
  close(): Promise<void>;
}

export const hasRedisServer = (): boolean => spawnSync('redis-server', ['--version']).status === 0;

/** @throws MarqueeError (dependency) with the server's own words when it ends before it is ready */
export const startRedis = async (flags: readonly string[] = []): Promise<RedisServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-redis-'));
  const common = ['--bind', '127.0.0.1', '--save', '', '--dir', folder, ...flags];
  const { port, args, child: first } = await spawnedOnFreePort(common);
  let child = first;
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return {
    port,
    kill,
    stop: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    async restart() {
      child = await spawned(args);
    },
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const MOST_PORTS = 5;

/** A port that is free when it is looked for may be another's when it is taken: then the next. */
const spawnedOnFreePort = async (common: readonly string[]) => {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const args = ['--port', String(port), ...common];
    try {
      return { port, args, child: await spawned(args) };
    } catch (thrown) {
      const isTaken = thrown instanceof Error && thrown.message.includes('Address already in use');
      if (!isTaken || tries === MOST_PORTS) throw thrown;
    }
  }
};

const spawned = async (args: readonly string[]): Promise<ChildProcess> => {
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  const said: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    if (line.includes('Ready to accept connections')) {
      child.stdout.resume();
      return child;
    }
  }
  throw dependencyError('redis-start', `redis-server ended before it was ready: ${said.slice(-2).join(' ')}`);
};
