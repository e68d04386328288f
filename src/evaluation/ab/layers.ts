import { callerError } from '../../domain/errors.ts';
import { type Arm, armAt, expectArms, type Placement, placementOf } from './assignment.ts';

/**
 * Experiments of one layer share its units out: no unit is in two of them. Layers are hashed apart, so experiments of
 * different layers run on the same units at once, each balanced over the arms of the other.
 * @see Tang, Agarwal, O'Brien & Meyer, "Overlapping Experiment Infrastructure", KDD 2010
 */
export interface Experiment {
  /** kebab-case: the log's word, and the salt that parts its arms. */
  readonly name: string;
  readonly layer: string;
  /** Part of the layer's units that is kept for it, in [0, 1]. */
  readonly reserved: number;
  /** Part of the layer's units that it runs on now, at most `reserved`: what a ramp raises. */
  readonly running: number;
  readonly arms: readonly Arm[];
}

export interface Assignments {
  /** The row of the unit's arm; undefined where the unit is not in the experiment. */
  armOf(experiment: string, unit: string): number | undefined;
}

interface Placed {
  readonly experiment: Experiment;
  /** Where its part of the layer begins. */
  readonly start: number;
  readonly inLayer: Placement;
  readonly inExperiment: Placement;
}

/**
 * Who is in which arm of which experiment. Raising `running` only adds units: those that were in stay, in their arms.
 * @throws MarqueeError (caller) naming the experiment or layer that cannot be
 */
export const createAssignments = (experiments: readonly Experiment[]): Assignments => {
  const placed = new Map<string, Placed>();
  const used = new Map<string, number>();
  for (const experiment of experiments) {
    const { name, layer, reserved, running, arms } = experiment;
    if (placed.has(name))
      throw callerError('experiment-name', `experiment ${name}: expected one of that name`);
    expectArms(name, arms);
    if (!(reserved > 0 && reserved <= 1 && running >= 0 && running <= reserved)) {
      throw callerError(
        'experiment-share',
        `experiment ${name}: expected 0 <= running <= reserved <= 1, got running ${running}, reserved ${reserved}`,
      );
    }
    const start = used.get(layer) ?? 0;
    if (start + reserved > 1 + 1e-9) {
      throw callerError(
        'experiment-layer',
        `layer ${layer}: expected experiments that reserve at most 1 together, got ${start + reserved} with ${name}`,
      );
    }
    used.set(layer, start + reserved);
    placed.set(name, {
      experiment,
      start,
      inLayer: placementOf(`layer:${layer}`),
      inExperiment: placementOf(`experiment:${name}`),
    });
  }
  return {
    armOf(name, unit) {
      const found = placed.get(name);
      if (found === undefined) {
        throw callerError(
          'experiment-name',
          `experiment: expected one of ${[...placed.keys()].join(', ')}, got ${name}`,
        );
      }
      const place = found.inLayer(unit) - found.start;
      if (place < 0 || place >= found.experiment.running) return undefined;
      return armAt(found.experiment.arms, found.inExperiment(unit));
    },
  };
};
