import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createKernels, type Kernels } from '../../../src/math/kernels/kernels.ts';

/** Deterministic and far from smooth, so that a wrong order of summation shows. */
const fill = (values: Float32Array, seed: number): void => {
  for (let i = 0; i < values.length; i++) values[i] = Math.fround(Math.sin(i * 12.9898 + seed) * 43.7);
};

async function started(kernels: Kernels): Promise<void> {
  for (let i = 0; i < 500 && kernels.workers < kernels.threads - 1; i++) await sleep(10);
  expect(kernels.workers).toBe(kernels.threads - 1);
}

/** The digest of the result of every call that is shared between threads, on shapes that do not divide evenly. */
function results(kernels: Kernels): Record<string, string> {
  const out: Record<string, string> = {};
  const [m, k, n] = [517, 130, 391];
  const words = 1_300_003;
  const blocks = {
    a: kernels.alloc(words),
    b: kernels.alloc(words),
    c: kernels.alloc(words),
    d: kernels.alloc(words),
  };
  const { a, b, c, d } = blocks;
  const keep = (name: string, length: number): void => {
    out[name] = createHash('sha256')
      .update(c.u8.slice(0, 4 * length))
      .digest('hex');
  };
  for (const [at, [transposeA, transposeB]] of [
    [false, false],
    [true, false],
    [false, true],
  ].entries()) {
    fill(a.f32, 1);
    fill(b.f32, 2);
    kernels.gemm({ m, n, k, a, b, c, transposeA: transposeA!, transposeB: transposeB! });
    keep(`gemm ${at}`, m * n);
  }
  kernels.unary('tanh', a, c, words);
  keep('tanh', words);
  kernels.binary('mul', { m: 1000, n: 1300, a, b, out: c, spreadB: 'row' });
  keep('row', 1_300_000);
  kernels.binary('add', { m: 1, n: words, a, b, out: c, spreadB: 'scalar' });
  keep('scalar', words);
  for (const axis of ['first', 'last'] as const) {
    kernels.sum({ x: a, m: 1000, n: 1300, axis, out: c });
    keep(`sum ${axis}`, 1000);
    kernels.max({ x: a, m: 1000, n: 1300, axis, out: c });
    keep(`max ${axis}`, 1000);
  }
  kernels.softmaxRows({ x: a, m: 1000, n: 1300, out: c });
  keep('softmax', 1_300_000);
  c.f32.set(a.f32);
  for (let i = 0; i < 1000; i++) d.i32[i] = (i * 7) % 1300;
  kernels.softmaxCrossEntropy({
    logits: c,
    m: 1000,
    n: 1300,
    targets: d,
    loss: d.words(2000),
    gradScale: 0.1,
  });
  keep('cross entropy', 1_300_000);
  fill(c.f32, 3);
  fill(d.f32, 4);
  kernels.unary('abs', d, d, words);
  kernels.adam({
    params: c,
    firstMoment: b,
    secondMoment: d,
    grads: a,
    n: words,
    learningRate: 0.1,
    step: 2,
  });
  keep('adam', words);
  kernels.scan({ query: b, rows: a, n: 20_000, d: 64, out: c });
  keep('scan', 20_000);
  for (const block of Object.values(blocks)) block.free();
  return out;
}

const alone = createKernels();
const expected = results(alone);

describe.each([2, 3, 5])('%i threads', (threads) => {
  const kernels = createKernels({ threads });
  afterAll(() => kernels.close());

  it('give the same bits as one, also before the workers have started', async () => {
    expect(results(kernels)).toEqual(expected);
    await started(kernels);
    for (let round = 0; round < 3; round++) expect(results(kernels)).toEqual(expected);
  });

  it('hold over thousands of short calls, with the memory growing in between', async () => {
    await started(kernels);
    const x = kernels.alloc(1000);
    fill(x.f32, 5);
    for (let round = 0; round < 3000; round++) {
      if (round % 1000 === 0) kernels.alloc(5_000_000);
      const out = kernels.alloc(1000);
      const piece = (at: number): number[] => [x.ptr + 400 * at, out.ptr + 400 * at, 100];
      kernels.run(
        'unary_neg',
        Array.from({ length: 10 }, (_, at) => piece(at)),
      );
      expect(out.f32.every((value, i) => value === -x.f32[i]!)).toBe(true);
      out.free();
    }
  });

  it('report a kernel that leaves the memory, and go on', async () => {
    await started(kernels);
    const outside = Array.from({ length: 8 }, () => [0xf0000000, 0xf0000000, 100]);
    for (let round = 0; round < 20; round++)
      expect(() => kernels.run('unary_neg', outside)).toThrow(/left the memory/);
    expect(results(kernels)).toEqual(expected);
  });

  it('go on with one thread after close', async () => {
    await kernels.close();
    expect(kernels.threads).toBe(1);
    expect(results(kernels)).toEqual(expected);
  });
});

it('refuses a number of threads that is none', () => {
  expect(() => createKernels({ threads: 0 })).toThrow(RangeError);
  expect(() => alone.setThreads(1.5)).toThrow(RangeError);
});

it('does not keep the process alive', () => {
  const kernels = fileURLToPath(new URL('../../../src/math/kernels/kernels.ts', import.meta.url));
  const script = `import { createKernels } from ${JSON.stringify(kernels)};
    const kernels = createKernels({ threads: 3 });
    while (kernels.workers < 2) await new Promise((done) => setTimeout(done, 5));
    console.log('started');`;
  const ran = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect([ran.stdout, ran.stderr, ran.status]).toEqual(['started\n', '', 0]);
});
