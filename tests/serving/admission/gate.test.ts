import { describe, expect, it } from 'vitest';
import type { Priority } from '../../../src/serving/admission/bounded-queue.ts';
import { createGate, type GateConfig } from '../../../src/serving/admission/gate.ts';
import { manualTimers } from '../manual-timers.ts';

/** A gate, and work that ends when the test says so. */
const gateOf = (places: number, mostWaiting: number, more: Partial<GateConfig> = {}) => {
  const timers = manualTimers();
  const gate = createGate({ places: () => places, mostWaiting, timers, ...more });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const told: string[] = [];
  const ask = (name: string, priority: Priority = 'person', remainingMs = 50, signal?: AbortSignal): void => {
    const passing = { priority, remainingMs, signal: signal ?? new AbortController().signal };
    gate
      .pass(passing, () => {
        begun.push(name);
        return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
      })
      .then(
        (value) => told.push(`${value} done`),
        (thrown: unknown) =>
          told.push(`${name} ${thrown instanceof Error ? thrown.message : String(thrown)}`),
      );
  };
  return { gate, timers, begun, told, ask, end: (name: string) => ends.get(name)?.() };
};

describe('a gate', () => {
  it('lets so much work under way at once, and the next in as one ends', async () => {
    const { ask, begun, end, timers, gate } = gateOf(2, 2);
    for (const name of ['a', 'b', 'c', 'd']) ask(name);
    expect(begun).toEqual(['a', 'b']);
    expect(gate.isFull('person')).toBe(true);
    end('b');
    await timers.advance(0);
    expect(begun).toEqual(['a', 'b', 'c']);
    expect(gate.waiting).toBe(1);
  });

  it('turns away at once what finds the queue full, and prefetch for a person', async () => {
    const { ask, told, timers } = gateOf(1, 1);
    ask('a');
    ask('b', 'prefetch');
    ask('c', 'prefetch');
    ask('d');
    ask('e');
    await timers.advance(0);
    const full = 'more requests than this server can take';
    expect(told).toEqual([`c ${full}`, `b ${full}`, `e ${full}`]);
  });

  it('turns away at once who would wait too long, and knows who goes before whom', async () => {
    const asked: [Priority, number][] = [];
    const isInTime = (priority: Priority, ahead: number): boolean => {
      asked.push([priority, ahead]);
      return ahead < (priority === 'person' ? 3 : 2);
    };
    const { ask, told, begun, gate, timers } = gateOf(1, 9, { isInTime });
    ask('a');
    expect(asked).toEqual([]); // there was a place
    ask('b', 'prefetch');
    ask('c', 'prefetch');
    for (const name of ['d', 'e', 'f']) ask(name);
    await timers.advance(0);
    const full = 'more requests than this server can take';
    expect(told).toEqual([`c ${full}`, `f ${full}`]);
    expect(asked).toEqual([
      ['prefetch', 1],
      ['prefetch', 2],
      ['person', 1],
      ['person', 2],
      ['person', 3],
    ]);
    expect(begun).toEqual(['a']);
    expect(gate.waiting).toBe(3);
    expect(gate.isFull('person')).toBe(true);
  });

  it('does not begin work whose time is over, or that nobody waits for any more', async () => {
    const { ask, begun, told, end, timers } = gateOf(1, 4);
    const gone = new AbortController();
    ask('a');
    ask('b', 'person', 20, AbortSignal.abort('time is over'));
    ask('late', 'person', 20); // whose signal has not heard of it yet
    ask('c', 'person', 50, gone.signal);
    ask('d', 'person', 50);
    gone.abort('nobody waits');
    await timers.advance(30);
    end('a');
    await timers.advance(0);
    expect(begun).toEqual(['a', 'd']);
    expect(told.filter((each) => !each.startsWith('late')).toSorted()).toEqual([
      'a done',
      'b time is over',
      'c nobody waits',
    ]);
    expect(told.find((each) => each.startsWith('late'))).toContain('queue');
  });

  it('gives its place back where work fails', async () => {
    const timers = manualTimers();
    const gate = createGate({ places: () => 1, mostWaiting: 1, timers });
    const passing = { priority: 'person', remainingMs: 50, signal: new AbortController().signal } as const;
    await expect(gate.pass(passing, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(gate.pass(passing, async () => 'next')).resolves.toBe('next');
  });
});
