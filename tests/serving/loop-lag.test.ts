import { describe, expect, it } from 'vitest';
import { createLateness } from '../../src/serving/admission/loop-lag.ts';

const EVERY_MS = 10;

/** A thread whose turns are late by what is told, one after another. */
const thread = () => {
  let now = 5_000;
  const lateness = createLateness(now);
  const turns = (count: number, lateMs: number): boolean => {
    for (let i = 0; i < count; i++) lateness.turn((now += EVERY_MS + lateMs));
    return lateness.isBehind;
  };
  return turns;
};

describe('a thread is behind', () => {
  it('that is late turn after turn for longer than a stall', () => {
    const turns = thread();
    expect(turns(30, 20)).toBe(false);
    expect(turns(4, 20)).toBe(true);
  });

  it('not while it catches up with what a stall kept waiting', () => {
    const turns = thread();
    expect(turns(1, 600)).toBe(false);
    expect(turns(6, 40)).toBe(false);
    expect(turns(1, 0)).toBe(false);
    expect(turns(10, 60)).toBe(false); // the next stall counts from there
  });

  it('not for one stall, however long', () => {
    expect(thread()(1, 30_000)).toBe(false);
  });

  it('not once a turn was on time, but at once again where the next are late', () => {
    const turns = thread();
    expect(turns(60, 20)).toBe(true);
    expect(turns(1, 0)).toBe(false);
    expect(turns(3, 20)).toBe(false);
    expect(turns(1, 20)).toBe(true);
  });

  it('no longer at once where turns were on time for as long as a stall', () => {
    const turns = thread();
    expect(turns(60, 20)).toBe(true);
    expect(turns(110, 0)).toBe(false);
    expect(turns(20, 20)).toBe(false);
  });
});
