import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { faultOf, type SelfTestResult } from './self-test.ts';

export type ChildTest =
  | { readonly passed: true; readonly gflops: number }
  | { readonly passed: false; readonly fault: string };

const CHILD = fileURLToPath(new URL('./self-test-child.ts', import.meta.url));
const MARK = 'self-test ';

/**
 * Tries a module that registers a TensorFlow.js backend, in a process of its own: a native library that crashes or
 * hangs takes that process with it and nothing else. Never throws; past the limit the child is killed.
 */
export async function testInChild(options: {
  /** Path of the module's file. */
  readonly modulePath: string;
  readonly backend: string;
  readonly limitMs: number;
}): Promise<ChildTest> {
  const { modulePath, backend, limitMs } = options;
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const args = ['--import', loader, CHILD, pathToFileURL(modulePath).href, backend];
  const limits = { timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: 1 << 20 } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, args, { ...limits, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error === null) return resolve(judge(stdout));
      const lastWords =
        stderr
          .trim()
          .split('\n')
          .findLast((line) => /error/i.test(line)) ?? '';
      if (error.killed) return resolve({ passed: false, fault: `no answer within ${limitMs / 1000} s` });
      const how = error.signal
        ? `the process was ended by ${error.signal}`
        : `the process ended with code ${error.code}`;
      return resolve({ passed: false, fault: `${how}${lastWords === '' ? '' : `: ${lastWords.trim()}`}` });
    });
  });
}

function judge(stdout: string): ChildTest {
  const line = stdout.split('\n').findLast((each) => each.startsWith(MARK));
  let result: SelfTestResult | undefined;
  try {
    result = line === undefined ? undefined : (JSON.parse(line.slice(MARK.length)) as SelfTestResult);
  } catch {
    return { passed: false, fault: `answered with something else than JSON: ${line}` };
  }
  const fault = faultOf(result);
  return fault === undefined ? { passed: true, gflops: result!.gflops } : { passed: false, fault };
}
