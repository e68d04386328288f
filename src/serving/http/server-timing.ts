import type { StageReport } from '../stage.ts';

/**
 * The `Server-Timing` header: each stage with its duration in ms, and in `desc` why its fallback was served.
 * The entry `request` is the whole.
 */
export const serverTiming = (reports: readonly StageReport[]): string =>
  reports
    .map(({ stage, durationMs, degraded }) => {
      const entry = `${stage};dur=${durationMs.toFixed(2)}`;
      return degraded === undefined ? entry : `${entry};desc="${degraded}"`;
    })
    .join(', ');
