import type { BenchResult, Measurement } from '../../src/domain/measurement.ts';

/** A figure with what a test does not care about filled in. */
export const measured = (name: string, value: number, more: Partial<Measurement> = {}): Measurement => ({
  name,
  value,
  unit: 'share',
  n: 100,
  ...more,
});

export const resultOf = (suite: string, measurements: readonly Measurement[]): BenchResult => ({
  suite,
  commit: '0123456789abcdef',
  seed: 7,
  machine: { cpu: 'a processor', cores: 2, node: '20.19.0', loadAverage: 0.5 },
  backend: 'simd',
  measurements,
});
