import { heldTo, type Measurement } from '../../src/domain/measurement.ts';

/** Of fewer requests the 99th percentile is of a handful. */
const FEW = 500;

/** A figure of a tail, held to its budget where it stands on many requests; of few it tells of the machine, and is shown alone. */
export const heldTail = (measurement: Measurement, budget: number): Measurement =>
  measurement.n < FEW ? measurement : heldTo(measurement, budget);
