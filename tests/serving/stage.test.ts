import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../src/domain/clock.ts';
import { bugError, callerError, dependencyError } from '../../src/domain/errors.ts';
import { createRng } from '../../src/domain/rng.ts';
import { openDeadline } from '../../src/serving/deadline.ts';
import { type RequestParts, runRequest, type Stage, type StageReport } from '../../src/serving/stage.ts';
import { manualTimers } from './manual-timers.ts';

const make = () => {
  const timers = manualTimers();
  const reports: StageReport[] = [];
  const bugs: { stage: string; error: unknown }[] = [];
  const parts: RequestParts = {
    requestId: 'r',
    clock: fixedClock(0),
    rng: createRng(1),
    timers,
    observer: {
      stageEnded: (report) => reports.push(report),
      bugFound: (stage, error) => bugs.push({ stage, error }),
    },
  };
  return { timers, reports, bugs, parts };
};

const stage = <O>(
  run: Stage<string, O>['run'],
  rest: Partial<Stage<string, O>> = {},
): Stage<string, O | string> => ({
  name: 'work',
  budgetMs: 10,
  failOpen: true,
  run,
  fallback: (input) => `fallback of ${input}`,
  ...rest,
});
const sleep = (timers: ReturnType<typeof manualTimers>, ms: number): Promise<void> =>
  new Promise((resolve) => timers.after(ms, resolve));

describe('a deadline', () => {
  it('aborts when its time is over, and says whose it was', async () => {
    const timers = manualTimers();
    const deadline = openDeadline('ranking', 50, timers);
    await timers.advance(49);
    expect([deadline.signal.aborted, deadline.remainingMs()]).toEqual([false, 1]);
    await timers.advance(1);
    expect(deadline.signal.aborted).toBe(true);
    expect(deadline.signal.reason).toMatchObject({
      kind: 'dependency',
      message: 'ranking: not done within 50 ms',
    });
  });

  it('is never outlasted by one within it', async () => {
    const timers = manualTimers();
    const outer = openDeadline('outer', 30, timers);
    await timers.advance(25);
    const inner = outer.within('inner', 20);
    expect(inner.remainingMs()).toBe(5);
    await timers.advance(5);
    expect(inner.signal.aborted).toBe(true);
  });

  it('is over at once where the thread was held beyond it, though no alarm could ring', () => {
    const timers = manualTimers();
    const outer = openDeadline('outer', 30, timers);
    timers.hold(31);
    expect(outer.within('inner', 20).signal.aborted).toBe(true);
  });

  it('leaves no alarm behind', () => {
    const timers = manualTimers();
    const outer = openDeadline('outer', 30, timers);
    const inner = outer.within('inner', 20);
    expect(timers.pending).toBe(2);
    inner.close();
    outer.close();
    expect(timers.pending).toBe(0);
  });
});

describe('a stage', () => {
  it('gives what it made, with how long that took', async () => {
    const { timers, parts, reports } = make();
    const running = runRequest(
      stage(async (input) => {
        await sleep(timers, 4);
        return input.toUpperCase();
      }),
      'a',
      parts,
    );
    await timers.advance(10);
    const { outcome } = await running;
    expect(outcome).toEqual({
      stage: 'work',
      status: 'ok',
      startMs: 0,
      durationMs: 4,
      budgetMs: 10,
      value: 'A',
    });
    expect(reports).toEqual([{ stage: 'work', status: 'ok', startMs: 0, durationMs: 4, budgetMs: 10 }]);
    expect(timers.pending).toBe(0);
  });

  it('is abandoned when late: aborted, and its fallback used', async () => {
    const { timers, parts, bugs } = make();
    let signal: AbortSignal | undefined;
    const running = runRequest(
      stage((_, scope) => {
        signal = scope.signal;
        return new Promise<string>(() => undefined);
      }),
      'a',
      parts,
    );
    await timers.advance(9.9);
    expect(signal?.aborted).toBe(false);
    await timers.advance(0.1);
    expect((await running).outcome).toEqual({
      stage: 'work',
      status: 'late',
      degraded: 'late',
      startMs: 0,
      durationMs: 10,
      budgetMs: 10,
      value: 'fallback of a',
    });
    expect(signal?.aborted).toBe(true);
    expect(bugs).toEqual([]);
  });

  it('is late too when it heeds the signal itself', async () => {
    const { timers, parts } = make();
    const running = runRequest(
      stage(
        (_, { signal }) =>
          new Promise<string>((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          }),
      ),
      'a',
      parts,
    );
    await timers.advance(10);
    expect((await running).outcome).toMatchObject({ status: 'late', degraded: 'late' });
  });

  it('counts as late, and keeps its result, when it held the thread too long', async () => {
    const { timers, parts } = make();
    const { outcome } = await runRequest(
      stage(() => {
        timers.hold(30);
        return 'done';
      }),
      'a',
      parts,
    );
    expect(outcome).toEqual({
      stage: 'work',
      status: 'late',
      startMs: 0,
      durationMs: 30,
      budgetMs: 10,
      value: 'done',
    });
  });

  it('falls back when a dependency is away', async () => {
    const { parts, bugs } = make();
    const error = dependencyError('store-failed', 'away');
    const { outcome } = await runRequest(
      stage(() => Promise.reject(error)),
      'a',
      parts,
    );
    expect(outcome).toMatchObject({
      status: 'failed',
      degraded: 'dependency',
      error,
      value: 'fallback of a',
    });
    expect(bugs).toEqual([]);
  });

  it('hands the caller their mistake back', async () => {
    const { parts, bugs } = make();
    const error = callerError('bad', 'field k: got 0');
    await expect(
      runRequest(
        stage(() => Promise.reject(error)),
        'a',
        parts,
      ),
    ).rejects.toBe(error);
    expect(bugs).toEqual([]);
  });

  it.each([
    ['a bug of the house', bugError('scores', 'not aligned')],
    ['any other error', new TypeError('x is undefined')],
    ['what is no error at all', 'thrown text'],
  ])('never hides %s: it is told of, and falls back only where that is declared', async (_, error) => {
    const open = make();
    const { outcome } = await runRequest(
      stage(() => Promise.reject(error)),
      'a',
      open.parts,
    );
    expect(outcome).toMatchObject({ status: 'failed', degraded: 'bug', error, value: 'fallback of a' });
    expect(open.bugs).toEqual([{ stage: 'work', error }]);

    const shut = make();
    const throwing = stage(
      () => {
        throw error;
      },
      { failOpen: false },
    );
    await expect(runRequest(throwing, 'a', shut.parts)).rejects.toBe(error);
    expect(shut.bugs).toEqual([{ stage: 'work', error }]);
    expect(shut.reports).toMatchObject([{ status: 'failed' }]);
    expect(shut.reports[0].degraded).toBeUndefined();
  });

  it('tells of a bug in which abandoned work ends, but not of its giving up', async () => {
    const { timers, parts, bugs } = make();
    const error = new TypeError('too late');
    const running = runRequest(
      stage(async () => {
        await sleep(timers, 50);
        throw error;
      }),
      'a',
      parts,
    );
    await timers.advance(100);
    expect((await running).outcome.status).toBe('late');
    expect(bugs).toEqual([{ stage: 'work', error }]);
  });

  it('calls a fallback that fails a bug', async () => {
    const { parts, bugs } = make();
    const fallback = (): never => {
      throw dependencyError('store-failed', 'away as well');
    };
    const failing = stage(() => Promise.reject(dependencyError('x', 'away')), { fallback });
    await expect(runRequest(failing, 'a', parts)).rejects.toMatchObject({
      kind: 'bug',
      code: 'fallback-failed',
    });
    expect(bugs).toHaveLength(1);
  });
});

describe('stages within a request', () => {
  const request = (run: Stage<string, string>['run'], budgetMs = 100): Stage<string, string> => ({
    name: 'request',
    budgetMs,
    failOpen: true,
    run,
    fallback: () => 'cached page',
  });

  it('go one after another, each under its own budget, and report in the order of their ends', async () => {
    const { timers, parts } = make();
    const slow = stage(() => sleep(timers, 99).then(() => 'slow'), { name: 'slow', budgetMs: 20 });
    const quick = stage(() => 'quick', { name: 'quick', budgetMs: 5 });
    const running = runRequest(
      request(async (input, scope) => {
        const one = await scope.run(slow, input);
        const two = await scope.run(quick, String(one.value));
        return String(two.value);
      }),
      'a',
      parts,
    );
    await timers.advance(20);
    const { outcome, reports } = await running;
    expect(outcome).toMatchObject({ status: 'ok', durationMs: 20, value: 'quick' });
    expect(reports).toMatchObject([
      { stage: 'slow', degraded: 'late', durationMs: 20 },
      { stage: 'quick', status: 'ok' },
      { stage: 'request', status: 'ok' },
    ]);
  });

  it('are not begun when the time of the request is over', async () => {
    const { timers, parts } = make();
    let isBegun = false;
    const late = stage(() => {
      isBegun = true;
      return 'begun';
    });
    const { outcome, reports } = await runRequest(
      request(async (input, scope) => {
        timers.hold(101);
        return String((await scope.run(late, input)).value);
      }),
      'a',
      parts,
    );
    expect(isBegun).toBe(false);
    expect(outcome).toMatchObject({ status: 'late', value: 'fallback of a' });
    expect(outcome.degraded).toBeUndefined();
    expect(reports[0]).toMatchObject({ stage: 'work', degraded: 'late', durationMs: 0 });
  });

  it('leave the whole to its fallback when they overstay together', async () => {
    const { timers, parts } = make();
    const each = (name: string) => stage(() => sleep(timers, 9).then(() => name), { name });
    const running = runRequest(
      request(async (input, scope) => {
        for (let i = 0; i < 20; i++) await scope.run(each(`step-${i}`), input);
        return 'never';
      }),
      'a',
      parts,
    );
    await timers.advance(100);
    const { outcome, reports } = await running;
    expect(outcome).toMatchObject({
      status: 'late',
      degraded: 'late',
      durationMs: 100,
      value: 'cached page',
    });
    const reported = reports.length;
    await timers.advance(1_000);
    expect(reports).toHaveLength(reported);
  });

  it('let a bug out once, however many of them it passes', async () => {
    const { parts, bugs } = make();
    const error = new RangeError('inner');
    const inner = stage(() => Promise.reject(error), { failOpen: false, name: 'inner' });
    const { outcome } = await runRequest(
      request(async (input, scope) => String((await scope.run(inner, input)).value)),
      'a',
      parts,
    );
    expect(outcome).toMatchObject({ degraded: 'bug', value: 'cached page' });
    expect(bugs).toEqual([{ stage: 'inner', error }]);
  });
});
