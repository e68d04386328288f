import type { StageReport } from '../stage.ts';

/**
 * The `Server-Timing` header: each stage with its duration in ms, in `desc` why its fallback was served, then when it
 * began and its budget, both in ms. The entry `request` is the whole.
 */
export const serverTiming = (reports: readonly StageReport[]): string =>
  reports
    .map(({ stage, durationMs, degraded, startMs, budgetMs }) => {
      const reason = degraded === undefined ? '' : `;desc="${degraded}"`;
      return `${stage};dur=${durationMs.toFixed(2)}${reason};start=${startMs.toFixed(2)};budget=${budgetMs}`;
    })
    .join(', ');
