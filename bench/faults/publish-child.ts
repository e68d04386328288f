/**
 * A process of its own that publishes versions one after another: `ROOT FIRST STEP [in-place]`. It kills itself at the STEP-th
 * change that publishing makes to the disk (a write is cut in half), counted from the start of version FIRST; 0 is
 * never, then it says after each version how many changes it took, and goes on until it is killed.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [root, first, step] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
let changes = 0;

/** Dies where it is: no handler runs, nothing is flushed. */
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
};
const isLast = (): boolean => {
  changes += 1;
  return changes === step;
};
const { openSync, writeSync, fsyncSync, renameSync, mkdirSync, rmSync } = fs;
fs.openSync = (path, flags, mode) => {
  if (flags !== 'r' && isLast()) die();
  return openSync(path, flags, mode);
};
fs.writeSync = ((fd: number, bytes: Uint8Array, from: number, length: number, at: number) => {
  if (!isLast()) return writeSync(fd, bytes, from, length, at);
  writeSync(fd, bytes, from, length >> 1, at);
  return die();
}) as typeof fs.writeSync;
fs.fsyncSync = (fd) => (isLast() ? die() : fsyncSync(fd));
fs.renameSync = (from, to) => (isLast() ? die() : renameSync(from, to));
fs.mkdirSync = ((path: string, options: fs.MakeDirectoryOptions) =>
  isLast() ? die() : mkdirSync(path, options)) as typeof fs.mkdirSync;
fs.rmSync = (path, options) => (isLast() ? die() : rmSync(path, options));
syncBuiltinESMExports();

const { publishInPlace, publishNumbered } = await import('./numbered-version.ts');
const publish = process.argv[5] === 'in-place' ? publishInPlace : publishNumbered;
changes = 0;
for (let number = first; ; number++) {
  await publish(root, number);
  process.stdout.write(`${number} ${changes}\n`);
}
