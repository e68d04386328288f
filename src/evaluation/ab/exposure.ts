import type { EpochMs } from '../../domain/clock.ts';
import type { Assignments } from './layers.ts';

/** A unit met its arm: the moment from which the arm can have made a difference. */
export interface ExperimentExposure {
  readonly experiment: string;
  readonly arm: number;
  readonly unit: string;
  readonly at: EpochMs;
}

/** Where exposures go. The first of a unit in an experiment counts; the log may be told of the others. */
export interface ExposureLog {
  record(exposure: ExperimentExposure): void;
}

/** A log in memory that keeps the first exposure of each unit in each experiment. */
export interface HeldExposures extends ExposureLog {
  /** Of one experiment, in the order in which units met it. */
  exposuresOf(experiment: string): readonly ExperimentExposure[];
}

export const holdExposures = (): HeldExposures => {
  const first = new Map<string, Map<string, ExperimentExposure>>();
  return {
    record(exposure) {
      const units = first.get(exposure.experiment) ?? new Map<string, ExperimentExposure>();
      first.set(exposure.experiment, units);
      if (!units.has(exposure.unit)) units.set(exposure.unit, exposure);
    },
    exposuresOf: (experiment) => [...(first.get(experiment)?.values() ?? [])],
  };
};

/**
 * The arm that the unit meets here and now, which is logged; undefined, and nothing logged, where the unit is not in
 * the experiment. Call it where the arm makes its difference: who is assigned and never gets there only dilutes.
 */
export const meetArm = (
  assignments: Assignments,
  log: ExposureLog,
  { experiment, unit, at }: Omit<ExperimentExposure, 'arm'>,
): number | undefined => {
  const arm = assignments.armOf(experiment, unit);
  if (arm !== undefined) log.record({ experiment, arm, unit, at });
  return arm;
};
