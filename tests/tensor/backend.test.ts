import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { chooseBackend, diagnoseBackends, useBackend } from '../../src/tensor/backend.ts';
import { faultOf } from '../../src/tensor/self-test.ts';

const directory = mkdtempSync(join(tmpdir(), 'native-module-'));
afterAll(() => rmSync(directory, { recursive: true }));

const tfjs = JSON.stringify(createRequire(import.meta.url).resolve('@tensorflow/tfjs'));

/** A stand-in for the native library: a file that is loaded in its place. */
function nativeModule(name: string, source: string): string {
  const path = join(directory, `${name}.cjs`);
  writeFileSync(path, source);
  return path;
}

/** TensorFlow.js with its CPU backend under the name of the native one, and something changed. */
const native = (name: string, change = ''): string =>
  nativeModule(
    name,
    `const tf = require(${tfjs});
     tf.env().set('PROD', true);
     tf.registerBackend('tensorflow', () => tf.findBackend('cpu'));
     tf.copyRegisteredKernels('cpu', 'tensorflow');
     ${change}
     module.exports = tf;`,
  );

describe('backend choice', () => {
  it('takes simd at once where the native library is not installed', async () => {
    const start = performance.now();
    const choice = await chooseBackend({ nativeModule: null, threads: 3 });
    expect(performance.now() - start).toBeLessThan(500);
    expect(choice).toMatchObject({
      name: 'simd',
      threads: 3,
      reason: '@tensorflow/tfjs-node is not installed',
    });
    expect(choice.candidates.map(({ name, found }) => [name, found])).toEqual([
      ['tensorflow', false],
      ['simd', true],
      ['cpu', true],
    ]);
  });

  it('takes the native library where it passes', async () => {
    const choice = await chooseBackend({ nativeModule: native('good') });
    expect(choice).toMatchObject({ name: 'tensorflow', candidates: [{ passed: true }, {}, {}] });
    expect(choice.candidates[0]!.gflops).toBeGreaterThan(0);
  });

  const failures: Record<string, [source: string, told: RegExp]> = {
    crash: [nativeModule('crash', 'process.abort();'), /was ended by SIGABRT/],
    hang: [nativeModule('hang', 'for (;;);'), /failed: no answer within 4 s/],
    'exception while loading': [
      nativeModule('throw', 'throw new Error("util.isNullOrUndefined is missing");'),
      /isNullOrUndefined/,
    ],
    'silent exit': [nativeModule('exit', 'process.exit(0);'), /forward pass gave undefined/],
    'wrong product': [
      native(
        'wrong',
        `tf.unregisterKernel('BatchMatMul', 'tensorflow'); const good = tf.getKernel('BatchMatMul', 'cpu');
        tf.registerKernel({ kernelName: 'BatchMatMul', backendName: 'tensorflow', kernelFunc: (p) => good.kernelFunc({ ...p, inputs: { a: p.inputs.b, b: p.inputs.b } }) });`,
      ),
      /forward pass|ended with code/,
    ],
    'wrong gradient': [
      native(
        'gradient',
        `const good = tf.getGradient('Square'); tf.unregisterGradient('Square');
        tf.registerGradient({ ...good, gradFunc: (dy, [x]) => ({ x: () => tf.mul(dy, x) }) });`,
      ),
      /the gradient gave/,
    ],
    'no kernel': [native('kernel', `tf.unregisterKernel('Softmax', 'tensorflow');`), /Softmax/],
  };
  it.each(Object.entries(failures))('falls back to simd: %s', async (_, [path, told]) => {
    const choice = await chooseBackend({ nativeModule: path, selfTestLimitMs: 4000 });
    expect(choice.name).toBe('simd');
    expect(choice.candidates[0]).toMatchObject({ name: 'tensorflow', found: true, passed: false });
    expect(choice.reason).toMatch(told);
  });

  it('obeys an explicit choice, and says why one cannot be had', async () => {
    expect(await useBackend({ backend: 'cpu' })).toMatchObject({ name: 'cpu', reason: 'it was asked for' });
    expect(tf.getBackend()).toBe('cpu');
    expect(await useBackend({ backend: 'simd', threads: 1 })).toMatchObject({ name: 'simd', threads: 1 });
    expect(tf.getBackend()).toBe('simd');
    await expect(chooseBackend({ backend: 'tensorflow', nativeModule: null })).rejects.toMatchObject({
      ...{ kind: 'dependency', code: 'BACKEND_UNAVAILABLE' },
      message: expect.stringContaining('is not installed'),
    });
  });

  it('diagnoses every candidate with its speed, and leaves the backend as it was', async () => {
    await useBackend({ backend: 'simd', threads: 1 });
    const { name, candidates } = await diagnoseBackends({ nativeModule: null, threads: 1 });
    expect(name).toBe('simd');
    expect(candidates.map((candidate) => [candidate.name, candidate.passed])).toEqual([
      ['tensorflow', undefined],
      ['simd', true],
      ['cpu', true],
    ]);
    expect(candidates[1]!.gflops).toBeGreaterThan(candidates[2]!.gflops!);
    expect(tf.getBackend()).toBe('simd');
  });

  it('sees a training that does not learn', () => {
    expect(faultOf(undefined)).toMatch(/forward/);
    expect(faultOf({ forward: [1] })).toMatch(/forward/);
  });
});
