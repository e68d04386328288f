/**
 * The test of the tests: switches off one guard after another and runs its tests, of which one must then fail.
 * Exit code 1 where tests pass without what they are there for.
 */
import { startVitest } from 'vitest/node';
import type { Guard } from './guard.ts';
import { GUARDS } from './guards.ts';

/** A test that waits for what no longer comes has failed as well, and need not wait long. */
const TEST_TIMEOUT_MS = 10_000;

const switchedOff = ({ file, on, off }: Guard) => ({
  name: 'guard off',
  enforce: 'pre' as const,
  transform: (code: string, id: string) =>
    id.endsWith(`/${file}`) ? code.replace(on, () => off) : undefined,
});

/** How many tests failed, and how many there were. */
const runWithout = async (guard: Guard): Promise<{ readonly failed: number; readonly all: number }> => {
  const vitest = await startVitest(
    'test',
    [],
    {
      config: false,
      watch: false,
      include: [guard.tests],
      reporters: [{}],
      testTimeout: TEST_TIMEOUT_MS,
      retry: 0,
    },
    { plugins: [switchedOff(guard)] },
  );
  const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
  await vitest.close();
  return { failed: tests.filter((test) => test.result().state === 'failed').length, all: tests.length };
};

const wanted = process.argv[2];
let needless = 0;
for (const guard of GUARDS.filter(({ name }) => wanted === undefined || name.includes(wanted))) {
  const { failed, all } = await runWithout(guard);
  if (failed === 0) needless += 1;
  const verdict = failed === 0 ? 'NOT MISSED' : 'missed';
  process.stdout.write(
    `${verdict.padEnd(11)} ${guard.name}: ${failed} of ${all} tests of ${guard.tests} fail without it\n`,
  );
}
process.exit(needless === 0 ? 0 : 1);
