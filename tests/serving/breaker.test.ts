import { describe, expect, it } from 'vitest';
import { createBreaker } from '../../src/serving/breaker.ts';

const planted = () => {
  let now = 0;
  let called = 0;
  const breaker = createBreaker({
    ...{ name: 'the thing', now: () => now, window: 4, leastCalls: 4, openAt: 0.5 },
    ...{ restMs: 100, mostRestMs: 400 },
  });
  const run = (fails: boolean): Promise<string> =>
    breaker
      .run(async () => {
        called += 1;
        if (fails) throw new Error('away');
        return 'done';
      })
      .catch((error: unknown) => String((error as Error).message));
  return {
    breaker,
    run,
    called: () => called,
    pass: (ms: number) => {
      now += ms;
    },
  };
};

describe('a breaker', () => {
  it('stays closed while fewer fail than it is told', async () => {
    const { breaker, run, called } = planted();
    for (let i = 0; i < 20; i++) await run(i % 4 === 0);
    expect([breaker.state, called()]).toEqual(['closed', 20]);
  });

  it('judges nothing by a few calls', async () => {
    const { breaker, run } = planted();
    for (let i = 0; i < 3; i++) await run(true);
    expect(breaker.state).toBe('closed');
    await run(true);
    expect(breaker.state).toBe('open');
  });

  it('makes no call while it rests, then one at a time', async () => {
    const { breaker, run, called, pass } = planted();
    for (let i = 0; i < 4; i++) await run(true);
    expect(await run(false)).toContain('the thing');
    pass(99);
    expect(await run(false)).toContain('the thing');
    expect(called()).toBe(4);
    pass(1);
    let answer: (value: string) => void = () => undefined;
    const probing = breaker.run(
      () =>
        new Promise<string>((resolve) => {
          answer = resolve;
        }),
    );
    expect(breaker.state).toBe('half-open');
    expect(await run(false)).toContain('the thing');
    answer('back');
    expect(await probing).toBe('back');
    expect(breaker.state).toBe('closed');
    expect(await run(false)).toBe('done');
  });

  it('rests twice as long after each call that failed, up to a bound, and anew after one that did not', async () => {
    const { breaker, run, called, pass } = planted();
    for (let i = 0; i < 4; i++) await run(true);
    for (const restMs of [100, 200, 400, 400]) {
      pass(restMs - 1);
      const before = called();
      await run(true);
      expect(called()).toBe(before);
      pass(1);
      await run(true);
      expect(called()).toBe(before + 1);
    }
    pass(400);
    await run(false);
    expect(breaker.state).toBe('closed');
    for (let i = 0; i < 4; i++) await run(true);
    pass(100);
    expect(await run(false)).toBe('done');
  });

  it('does not listen to calls of before it opened', async () => {
    const { breaker, run, pass } = planted();
    let fail: (reason: Error) => void = () => undefined;
    const straggler = breaker.run(
      () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
    );
    for (let i = 0; i < 4; i++) await run(true);
    pass(100);
    await run(false);
    for (let i = 0; i < 3; i++) await run(false);
    fail(new Error('late'));
    await expect(straggler).rejects.toThrow('late');
    for (const fails of [true, false, false, false]) await run(fails);
    expect(breaker.state).toBe('closed');
  });
});
