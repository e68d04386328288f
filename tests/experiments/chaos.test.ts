import { expect, it } from 'vitest';
import { chaosText } from '../../src/cli/commands/chaos.ts';
import { type ChaosReport, secondsOf } from '../../src/experiments/faults/chaos.ts';
import { CHAOS_FAULTS } from '../../src/experiments/faults/chaos-faults.ts';
import { CHAOS_NAMES, CHAOS_WORDS } from '../../src/experiments/faults/chaos-names.ts';
import type { SeenAnswer } from '../../src/experiments/faults/store-fault.ts';

const TIMES = { beganMs: 1_000, endedMs: 3_000 };
const answer = (dueMs: number, change: Partial<SeenAnswer> = {}): SeenAnswer => ({
  ...{
    number: 1,
    dueMs,
    latencyMs: 10,
    status: 200,
    serverTiming: 'request;dur=1',
    kind: 'page',
    isOwn: true,
  },
  ...change,
});

it('tells of each second what members saw in it', () => {
  const seconds = secondsOf(
    [
      answer(100),
      answer(200, { kind: 'event', isOwn: false, latencyMs: 30 }),
      answer(1_100, { status: 503, isOwn: false }),
      answer(1_200, { isOwn: false, serverTiming: 'context;dur=1;desc="dependency"' }),
      answer(1_300, { status: 0, isOwn: false, latencyMs: 5_000 }),
      answer(3_600),
    ],
    TIMES,
  );
  expect(
    seconds.map(({ second, phase, answers, errors, degraded }) => [second, phase, answers, errors, degraded]),
  ).toEqual([
    [0, 'before', 2, 0, 0],
    [1, 'fault', 3, 2, 1],
    [3, 'after', 1, 0, 0],
  ]);
  expect(seconds.map(({ ownShare }) => ownShare)).toEqual([1, 0, 1]);
  expect([seconds[0].p50Ms, seconds[1].p99Ms]).toEqual([20, expect.closeTo(4_900, -2)]);
});

it.each([
  ['disk-full', answer(2_000, { kind: 'event', status: 503 }), true],
  ['disk-full', answer(2_000, { kind: 'event', status: 500 }), false],
  ['disk-full', answer(2_000, { status: 503 }), false],
  ['disk-full', answer(5_000, { kind: 'event', status: 503 }), false],
  ['worker-killed', answer(995, { status: 0 }), true],
  ['worker-killed', answer(500, { status: 0 }), false],
  ['worker-killed', answer(2_500, { status: 0 }), false],
  ['server-killed', answer(2_500, { status: 0 }), true],
  ['server-killed', answer(4_500, { status: 0 }), false],
] as const)('%s: of a request that failed it tells whether it had to', (name, failed, may) => {
  expect(CHAOS_FAULTS[name].mayFail?.(failed, TIMES)).toBe(may);
});

it('every other fault costs no request', () => {
  const costly = ['disk-full', 'worker-killed', 'server-killed'];
  expect(CHAOS_NAMES.filter((name) => CHAOS_FAULTS[name].mayFail !== undefined)).toEqual(costly);
  expect(Object.keys(CHAOS_FAULTS)).toEqual(Object.keys(CHAOS_WORDS));
});

it('says whether it held, after a line for each second', () => {
  const report: ChaosReport = {
    seconds: secondsOf([answer(100)], TIMES),
    ...{ sent: 10, errors: 2, needless: 1, p99BeforeMs: 11, p99Ms: 22, recoverySeconds: 1.25 },
    ...{ acknowledged: 5, lost: 0, held: false },
  };
  const [headings, first, verdict] = chaosText(report);
  expect(headings.split(/ {2,}/).filter(Boolean)).toHaveLength(8);
  expect(first.trim().split(/ {2,}/)).toEqual(['0', 'before', '1', '0', '0', '100 %', '10', '10']);
  expect(verdict).toBe(
    "DID NOT HOLD: of 10 requests 2 failed, 1 of them needlessly; pages were their members' own again 1.3 s after it; of 5 events acknowledged 0 were lost; p99 11 ms before, 22 ms from the first second of the fault on",
  );
});
