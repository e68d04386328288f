/** What can be done to a server in the open, in words; `chaos-faults.ts` does it. */
export const CHAOS_WORDS = {
  'store-killed': 'the store, a Redis of its own, is killed, and comes back with nothing in it',
  'store-stopped': 'the store, a Redis of its own, takes commands and answers none',
  'store-slowed': 'every answer of the store, a Redis of its own, is half a second late',
  'store-garbage': 'the store, a Redis of its own, answers nonsense',
  'disk-full': 'the disk of the store is full: no file of the server may grow (a limit set by prlimit)',
  'artifact-damaged': 'a version with a damaged file is published; the one that serves goes on',
  'worker-killed': 'of two workers one is killed; the other goes on, and another is started',
  'server-killed': 'the server is killed while events are written, and started again after a while',
} as const;

export type ChaosName = keyof typeof CHAOS_WORDS;

export const CHAOS_NAMES = Object.keys(CHAOS_WORDS) as readonly ChaosName[];
