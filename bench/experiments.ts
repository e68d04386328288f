import { openLab } from '../src/experiments/lab/lab-world.ts';
import type { Suite } from './contract.ts';
import { measureCausal } from './experiments/causal.ts';
import { measureFalsePositives } from './experiments/false-positives.ts';
import { measureFamilies } from './experiments/families.ts';
import { measureInterleaving } from './experiments/interleaving.ts';
import { measureIntervals } from './experiments/intervals.ts';
import { measureReadings } from './experiments/readings.ts';
import { measureSpeed } from './experiments/speed.ts';
import { measureSplits } from './experiments/splits.ts';
import { measureUplift } from './experiments/uplift.ts';

/** The experiment lab: each method against the truth of the world, over many experiments. */
const experiments: Suite = async ({ seed, small, progress }) => {
  const lab = openLab(seed, small, progress);
  return {
    backend: 'none',
    rows: [
      ...measureFalsePositives(lab, progress),
      ...measureIntervals(lab, progress),
      ...measureReadings(lab),
      ...measureFamilies(lab),
      ...measureSplits(lab),
      ...measureInterleaving(lab, progress),
      ...measureCausal(lab, progress),
      ...measureUplift(lab),
      ...measureSpeed(lab),
    ],
  };
};

export default experiments;
