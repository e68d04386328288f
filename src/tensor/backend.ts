/**
 * Which TensorFlow.js backend does the training: `tensorflow`, the native library, where it is installed and proves
 * itself in a child process; else `simd`, which is always there. `cpu` only on request.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { dependencyError, messageOf } from '../domain/errors.ts';
import { type ChildTest, testInChild } from './child-test.ts';
import { faultOf, selfTest } from './self-test.ts';
import { registerSimdBackend } from './simd/register.ts';

export type BackendName = 'tensorflow' | 'simd' | 'cpu';

export const BACKEND_NAMES: readonly BackendName[] = ['tensorflow', 'simd', 'cpu'];

export interface BackendOptions {
  /** Default: the best that is found. */
  readonly backend?: BackendName;
  /** Threads of the simd backend; default all cores. Results do not depend on it. */
  readonly threads?: number | undefined;
  /** How long the native library may take to prove itself; default 30 s. */
  readonly selfTestLimitMs?: number;
  /** Path of the native library's module, or null for none; default tfjs-node if it is installed. */
  readonly nativeModule?: string | null;
}

export interface BackendCandidate {
  readonly name: BackendName;
  readonly found: boolean;
  /** Undefined where it was not tried. */
  readonly passed?: boolean;
  /** What was found, as a sentence. */
  readonly detail: string;
  /** Of a 256 x 256 x 256 product through TensorFlow.js, where it was measured. */
  readonly gflops?: number;
}

export interface BackendChoice {
  readonly name: BackendName;
  readonly reason: string;
  /** Threads that share large operations; the native library sets its own. */
  readonly threads: number;
  readonly candidates: readonly BackendCandidate[];
}

const NATIVE_PACKAGE = '@tensorflow/tfjs-node';
const SELF_TEST_LIMIT_MS = 30_000;

/**
 * The path of tfjs-node's module, or null where it is not installed. The package without the library that its
 * install script fetches counts as not installed: to start a process that fails would take seconds to learn that.
 */
export function findNativeModule(): string | null {
  try {
    const path = createRequire(import.meta.url).resolve(NATIVE_PACKAGE);
    const lib = join(dirname(path), '..', 'lib');
    const built = readdirSync(lib).some((folder) => existsSync(join(lib, folder, 'tfjs_binding.node')));
    return built ? path : null;
  } catch {
    return null; // no such package, or no such folder in it
  }
}

const tested = new Map<string, Promise<ChildTest>>();

/** The native library's test, run once per process. */
function testNative(modulePath: string, limitMs: number): Promise<ChildTest> {
  const key = `${modulePath} ${limitMs}`;
  const test = tested.get(key) ?? testInChild({ modulePath, backend: 'tensorflow', limitMs });
  tested.set(key, test);
  return test;
}

async function nativeCandidate({ nativeModule, selfTestLimitMs }: BackendOptions): Promise<BackendCandidate> {
  const modulePath = nativeModule === undefined ? findNativeModule() : nativeModule;
  if (modulePath === null)
    return { name: 'tensorflow', found: false, detail: `${NATIVE_PACKAGE} is not installed` };
  const test = await testNative(modulePath, selfTestLimitMs ?? SELF_TEST_LIMIT_MS);
  if (!test.passed) {
    return {
      name: 'tensorflow',
      found: true,
      passed: false,
      detail: `its self-test in a child process failed: ${test.fault}`,
    };
  }
  const detail = 'forward pass, gradient and training came out right in a child process';
  return { name: 'tensorflow', found: true, passed: true, detail, gflops: test.gflops };
}

const SIMD_CANDIDATE: BackendCandidate = { name: 'simd', found: true, detail: 'part of Marquee' };
const CPU_CANDIDATE: BackendCandidate = {
  name: 'cpu',
  found: true,
  detail: 'part of TensorFlow.js, plain JavaScript',
};

/**
 * Decides, and changes nothing. Without the native library this takes no time: no process is started.
 * @throws MarqueeError (dependency) if a backend is asked for that is not there or fails its self-test
 */
export async function chooseBackend(options: BackendOptions = {}): Promise<BackendChoice> {
  const asked = options.backend;
  const threads = options.threads ?? availableParallelism();
  if (asked === 'simd' || asked === 'cpu') {
    const candidates = [asked === 'simd' ? SIMD_CANDIDATE : CPU_CANDIDATE];
    return { name: asked, reason: 'it was asked for', threads: asked === 'simd' ? threads : 1, candidates };
  }
  const native = await nativeCandidate(options);
  const candidates = [native, SIMD_CANDIDATE, CPU_CANDIDATE];
  if (native.passed === true) {
    const reason =
      asked === 'tensorflow'
        ? 'it was asked for'
        : 'the native library is installed and passed its self-test';
    return { name: 'tensorflow', reason, threads: availableParallelism(), candidates };
  }
  if (asked === 'tensorflow') {
    throw dependencyError(
      'BACKEND_UNAVAILABLE',
      `the backend tensorflow was asked for, but ${native.detail}`,
    );
  }
  const reason = native.found ? `tensorflow is out: ${native.detail}` : native.detail;
  return { name: 'simd', reason, threads, candidates };
}

/**
 * Decides, and makes TensorFlow.js use it from here on.
 * @throws MarqueeError (dependency) as chooseBackend does
 */
export async function useBackend(options: BackendOptions = {}): Promise<BackendChoice> {
  const choice = await chooseBackend(options);
  await activate(choice, options);
  return choice;
}

const nativeUrl = ({ nativeModule }: BackendOptions): string =>
  typeof nativeModule === 'string' ? pathToFileURL(nativeModule).href : NATIVE_PACKAGE;

async function activate(choice: BackendChoice, options: BackendOptions): Promise<void> {
  tf.env().set('PROD', true); // else the CPU backend advises to install a native library
  try {
    if (choice.name === 'simd') registerSimdBackend({ threads: choice.threads });
    if (choice.name === 'tensorflow') await import(nativeUrl(options));
    if (!(await tf.setBackend(choice.name))) throw new Error('TensorFlow.js refused it');
  } catch (thrown) {
    const said = messageOf(thrown);
    throw dependencyError('BACKEND_UNAVAILABLE', `the backend ${choice.name} did not start: ${said}`, {
      cause: thrown,
    });
  }
}

/**
 * What `marquee doctor` prints: the choice, and every candidate tried and measured, the native one in a child
 * process. Takes about a second, and leaves TensorFlow.js on the backend that it was on.
 */
export async function diagnoseBackends(options: BackendOptions = {}): Promise<BackendChoice> {
  const { backend: _, ...rest } = options;
  const choice = await chooseBackend(rest);
  const before = tf.getBackend() as string | undefined;
  const candidates: BackendCandidate[] = [];
  for (const candidate of choice.candidates) {
    candidates.push(candidate.name === 'tensorflow' ? candidate : await measured(candidate, choice.threads));
  }
  if (before !== undefined && before !== '') await tf.setBackend(before);
  return { ...choice, candidates };
}

async function measured(candidate: BackendCandidate, threads: number): Promise<BackendCandidate> {
  tf.env().set('PROD', true);
  const kernels = candidate.name === 'simd' ? registerSimdBackend({ threads }) : undefined;
  const result = await selfTest(tf, candidate.name);
  const fault = faultOf(result);
  const how = kernels === undefined ? '' : `, ${kernels.variant} kernels, ${kernels.threads} thread(s)`;
  const detail = `${candidate.detail}${how}${fault === undefined ? '' : `; but ${fault}`}`;
  return { ...candidate, detail, passed: fault === undefined, gflops: result.gflops };
}
