import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBoundedQueue, type Priority } from '../../../src/serving/admission/bounded-queue.ts';

const waiting = (name: string, priority: Priority = 'person', deadlineAt = 100) => ({
  name,
  priority,
  deadlineAt,
});

describe('a bounded queue', () => {
  it('takes people in the order in which they came, and prefetch after them', () => {
    const queue = createBoundedQueue<ReturnType<typeof waiting>>(4);
    const all = [waiting('a', 'prefetch'), waiting('b'), waiting('c', 'prefetch'), waiting('d')];
    for (const each of all) expect(queue.offer(each)).toBeUndefined();
    const taken = all.map(() => queue.take(0).next?.name);
    expect(taken).toEqual(['b', 'd', 'a', 'c']);
    expect(queue.take(0)).toEqual({ late: [] });
  });

  it('turns away who comes to a full queue, and for a person the prefetch that came last', () => {
    const queue = createBoundedQueue<ReturnType<typeof waiting>>(2);
    queue.offer(waiting('a', 'prefetch'));
    queue.offer(waiting('b', 'prefetch'));
    expect(queue.isFull('prefetch')).toBe(true);
    expect(queue.isFull('person')).toBe(false);
    expect(queue.offer(waiting('c', 'prefetch'))?.name).toBe('c');
    expect(queue.offer(waiting('d'))?.name).toBe('b');
    expect(queue.offer(waiting('e'))?.name).toBe('a');
    expect(queue.isFull('person')).toBe(true);
    expect(queue.offer(waiting('f'))?.name).toBe('f');
  });

  it('hands out nobody whose time is over', () => {
    const queue = createBoundedQueue<ReturnType<typeof waiting>>(3);
    for (const [name, deadlineAt] of [
      ['a', 10],
      ['b', 20],
      ['c', 30],
    ] as const)
      queue.offer(waiting(name, 'person', deadlineAt));
    const { next, late } = queue.take(20);
    expect(next?.name).toBe('c');
    expect(late.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('never holds more than it may, loses nobody, and lets no prefetch before a person', () => {
    const step = fc.oneof(fc.constantFrom<Priority>('person', 'prefetch'), fc.constant('take' as const));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), fc.array(step, { maxLength: 60 }), (most, steps) => {
        const queue = createBoundedQueue<ReturnType<typeof waiting>>(most);
        const inside = new Map<string, Priority>();
        steps.forEach((what, i) => {
          if (what === 'take') {
            const { next } = queue.take(0);
            expect(next === undefined).toBe(inside.size === 0);
            if (next?.priority === 'prefetch') expect([...inside.values()]).not.toContain('person');
            if (next !== undefined) expect(inside.delete(next.name)).toBe(true);
          } else {
            inside.set(String(i), what);
            const turnedAway = queue.offer(waiting(String(i), what));
            if (turnedAway !== undefined) expect(inside.delete(turnedAway.name)).toBe(true);
            if (what === 'person' && turnedAway?.name === String(i))
              expect([...inside.values()]).not.toContain('prefetch');
          }
          expect(queue.size).toBe(inside.size);
          expect(queue.size).toBeLessThanOrEqual(most);
        });
      }),
    );
  });

  it('refuses a length that is none', () => {
    expect(() => createBoundedQueue(1.5)).toThrow(/most: expected a whole number from 0, got 1.5/);
  });
});
