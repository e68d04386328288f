import type { Timers } from '../../src/serving/deadline.ts';

export interface ManualTimers extends Timers {
  /** Lets time pass and rings what is due, in order; promises settle in between. */
  advance(ms: number): Promise<void>;
  /** Lets time pass as work that holds the thread does: no alarm rings meanwhile. */
  hold(ms: number): void;
  /** Alarms that are set. */
  readonly pending: number;
}

export const manualTimers = (): ManualTimers => {
  let now = 0;
  let alarms: { readonly at: number; readonly ring: () => void }[] = [];
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await Promise.resolve();
  };
  return {
    now: () => now,
    after(delayMs, ring) {
      const alarm = { at: now + delayMs, ring };
      alarms.push(alarm);
      return () => {
        alarms = alarms.filter((other) => other !== alarm);
      };
    },
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (;;) {
        const due = alarms.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        alarms = alarms.filter((other) => other !== due);
        now = Math.max(now, due.at);
        due.ring();
        await settle();
      }
      now = Math.max(now, until);
      await settle();
    },
    hold(ms) {
      now += ms;
    },
    get pending() {
      return alarms.length;
    },
  };
};
