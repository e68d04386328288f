/** Switches that make stages slow or fail, for a person who wants to see a page degrade and recover. */
import { dependencyError } from '../domain/errors.ts';
import type { StageFaults } from './stage.ts';

/** The stages that have a switch, in the order in which they work. */
export const SWITCHED_STAGES = ['context', 'candidate-generation', 'ranking', 'page', 'artwork'] as const;
export type SwitchedStage = (typeof SWITCHED_STAGES)[number];

/** Longer than a whole request may take, so that whatever is slow is late. */
export const MOST_DELAY_MS = 2_000;

export type StageFault = { readonly kind: 'slow'; readonly delayMs: number } | { readonly kind: 'fail' };

export interface FaultSwitches extends StageFaults {
  /** Where the switches stand, for threads that run stages too: switches over the same memory are the same switches. */
  readonly memory: SharedArrayBuffer;
  /** Undefined mends the stage. @throws RangeError on a delay that is not within 1 to MOST_DELAY_MS */
  set(stage: SwitchedStage, fault: StageFault | undefined): void;
  of(stage: SwitchedStage): StageFault | undefined;
}

const FAILS = -1;

export const createFaultSwitches = (
  memory = new SharedArrayBuffer(SWITCHED_STAGES.length * Int32Array.BYTES_PER_ELEMENT),
): FaultSwitches => {
  const switches = new Int32Array(memory); // 0 works, FAILS fails, else the delay in ms
  return {
    memory,
    set(stage, fault) {
      if (fault?.kind === 'slow' && !(fault.delayMs >= 1 && fault.delayMs <= MOST_DELAY_MS)) {
        throw new RangeError(`delayMs: expected 1 to ${MOST_DELAY_MS}, got ${fault.delayMs}`);
      }
      const value = fault === undefined ? 0 : fault.kind === 'fail' ? FAILS : Math.round(fault.delayMs);
      Atomics.store(switches, SWITCHED_STAGES.indexOf(stage), value);
    },
    of(stage) {
      const value = Atomics.load(switches, SWITCHED_STAGES.indexOf(stage));
      if (value === 0) return undefined;
      return value === FAILS ? { kind: 'fail' } : { kind: 'slow', delayMs: value };
    },
    any: () => switches.some((value) => value !== 0),
    before(stage, signal, timers) {
      const at = (SWITCHED_STAGES as readonly string[]).indexOf(stage);
      const value = at < 0 ? 0 : Atomics.load(switches, at);
      if (value === 0) return undefined;
      if (value === FAILS) throw dependencyError('fault-switched-on', `${stage}: switched to fail`);
      return new Promise((resolve, reject) => {
        timers.after(value, () => (signal.aborted ? reject(signal.reason) : resolve()));
      });
    },
  };
};
