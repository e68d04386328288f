/** Whether a broken split is seen, and a sound one left in peace. */
import type { StageRow } from '../../src/domain/measurement.ts';
import { exposureRatio, MISMATCH_ALPHA, sampleRatio } from '../../src/evaluation/ab/sample-ratio.ts';
import type { Lab } from '../../src/experiments/lab/lab-world.ts';
import { loggedOutcomes } from '../../src/experiments/lab/outcomes.ts';
import { drawBinomial } from '../../src/math/random.ts';
import { shareOfTests } from './share.ts';

const STAGE = 'sample ratio';
const MEMBERS = 200_000;
/** The treatment's share of exposures is 49.5 % where it was planned to be 50 %. */
const BROKEN_SHARE = 0.495;

export const measureSplits = ({ world, logs, rng, small }: Lab): StageRow[] => {
  const exposedShare = loggedOutcomes(world, logs).minutes.length / world.config.members;
  const own = rng.fork('splits');
  const uniform = (): number => own.next();
  const assigned = Math.round(MEMBERS / exposedShare);
  const kept = BROKEN_SHARE / (1 - BROKEN_SHARE);
  /** How many of so many experiments are flagged, by exposures against assignments and by counts alone. */
  const flagged = (tests: number, treatmentKeeps: number) => {
    let [byExposure, byCounts] = [0, 0];
    for (let test = 0; test < tests; test++) {
      const control = drawBinomial(uniform, assigned, 0.5);
      const arms = [control, assigned - control];
      const met = [
        drawBinomial(uniform, arms[0], exposedShare),
        drawBinomial(uniform, arms[1], exposedShare * treatmentKeeps),
      ];
      if (exposureRatio(met, arms).mismatch) byExposure++;
      if (sampleRatio(met, [0.5, 0.5]).mismatch) byCounts++;
    }
    return { byExposure, byCounts };
  };
  const broken = small ? 2_000 : 10_000;
  const sound = small ? 20_000 : 60_000;
  const found = flagged(broken, kept);
  const alarms = flagged(sound, 1);
  const protocol = `${assigned} members assigned by a fair hash, of whom the share ${exposedShare.toFixed(3)} meets the arm (as in the world's four weeks): ${MEMBERS} exposures; p < ${MISMATCH_ALPHA}`;
  return [
    shareOfTests({
      stage: STAGE,
      name: 'srm.power',
      count: found.byExposure,
      tests: broken,
      least: 0.95,
      baselines: [{ name: 'exposures alone, against the plan', value: found.byCounts / broken }],
      definition:
        "share of experiments found broken whose treatment loses exposures until its share is 49.5 % for 50 %: exposures against each arm's assigned members, chi-square of homogeneity",
      protocol: `${protocol}; the treatment keeps ${(100 * kept).toFixed(2)} % of its exposures`,
    }),
    shareOfTests({
      stage: STAGE,
      name: 'srm.false-alarms',
      count: alarms.byExposure,
      tests: sound,
      most: 0.001,
      baselines: [{ name: 'exposures alone, against the plan', value: alarms.byCounts / sound }],
      definition: 'share of sound experiments that are called broken',
      protocol,
    }),
  ];
};
