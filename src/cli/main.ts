#!/usr/bin/env -S node --import tsx
import { progressOn } from './progress.ts';
import { run } from './run.ts';

const { stdout, stderr } = process;
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // the reader, such as `head`, has seen enough
  throw error;
});

const progress = progressOn(stderr);
const exitCode = await run(process.argv.slice(2), {
  out: (text) => void stdout.write(`${text}\n`),
  err: (text) => {
    progress.clear();
    stderr.write(`${text}\n`);
  },
  progress,
});
// Leave once both streams are flushed: an idle thread or an open store must not keep the process alive.
stdout.write('', () => stderr.write('', () => process.exit(exitCode)));
