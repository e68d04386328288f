import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { INSPECTED, openHeapProbe } from '../../bench/faults/heap-probe.ts';

/** Keeps 300,000 objects more for each line that it reads, in its thread or in its worker. */
const PROGRAM = `
  const { Worker } = require('node:worker_threads');
  const keep = "const kept = []; const more = () => { for (let i = 0; i < 3e5; i++) kept.push({ i }); };";
  const worker = new Worker(keep + "require('node:worker_threads').parentPort.on('message', () => { more(); require('node:worker_threads').parentPort.postMessage('done') })", { eval: true });
  new Worker('setTimeout(() => undefined, 50)', { eval: true }); // ends by itself
  new Worker('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', { eval: true }); // sleeps for ever
  eval(keep.replace('const more', 'globalThis.more'));
  worker.on('message', (text) => console.log(text));
  require('node:readline').createInterface(process.stdin).on('line', (where) => {
    if (where === 'worker') worker.postMessage('more');
    else { more(); for (let i = 0; i < 3e5; i++) String(i); console.log('done'); }
  });
  worker.once('online', () => console.log('ready'));
`;
const EACH = 300_000 * 16; // an object with one field takes more than this

it('sees what a process keeps, in all its threads, and not what it let go', async () => {
  const child = spawn(process.execPath, [INSPECTED, '-e', PROGRAM], { stdio: 'pipe' });
  try {
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    await lines.next();
    const probe = await openHeapProbe(said);
    const before = await probe.usedBytes();
    child.stdin.write('main\n');
    await lines.next();
    const main = await probe.usedBytes();
    expect(main - before).toBeGreaterThan(EACH);
    child.stdin.write('worker\n');
    await lines.next();
    const both = await probe.usedBytes();
    expect(both - main).toBeGreaterThan(EACH);
    expect(Math.abs((await probe.usedBytes()) - both)).toBeLessThan(EACH / 4);
    probe.close();
  } finally {
    child.kill('SIGKILL');
  }
});

it('says that a process cannot be asked', async () => {
  await expect(openHeapProbe('no address')).rejects.toMatchObject({ kind: 'dependency' });
});
