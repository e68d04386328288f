import { LinUcb } from '../../src/bandits/lin-ucb.ts';
import { heldTo, type StageRow } from '../../src/domain/measurement.ts';
import { createRng } from '../../src/domain/rng.ts';
import { mean } from '../../src/math/statistics.ts';
import type { SuiteOptions } from '../contract.ts';
import { playStream, REGRET_DEFINITION, regretRatio } from './play.ts';
import { drawStream, FEATURES } from './stream.ts';

/** Rounds in which the world's weights turn once around. */
const PERIOD = 40_000;
/** Chosen on streams of other seeds. */
const FORGET = { everyRounds: 100, keep: 0.95 };

/** Regret of a policy that forgets over that of one that does not, where the world's weights turn all the time. */
export const measureDrift = async ({ seed, small, progress }: SuiteOptions): Promise<StageRow[]> => {
  const [seeds, rounds] = small ? [4, 20_000] : [20, 100_000];
  const make = () => new LinUcb({ featureSize: FEATURES, link: 'logistic' });
  const forgetting: number[] = [];
  const remembering: number[] = [];
  const step = progress.step('policies follow a drifting world', seeds);
  for (let s = 0; s < seeds; s++) {
    const rng = createRng(seed).fork(`drifting-stream-${s}`);
    const stream = drawStream({ rounds, rng, period: PERIOD });
    forgetting.push(playStream(make(), stream, { rng: rng.fork('choices'), forget: FORGET }));
    remembering.push(playStream(make(), stream, { rng: rng.fork('choices') }));
    step.advance(s + 1);
    await new Promise(setImmediate); // let signals through
  }
  step.end(`${seeds} streams of ${rounds.toLocaleString('en')} rounds`);
  const ratio = regretRatio(forgetting, remembering, createRng(seed).fork('drift-resamples'));
  const measurement = {
    name: 'bandit.drift-regret-ratio',
    ...ratio,
    baselines: [
      { name: 'forgetting', value: mean(forgetting) },
      { name: 'remembering', value: mean(remembering) },
    ],
    definition: `mean pseudo-regret of logistic-ucb that keeps ${FORGET.keep} of its evidence every ${FORGET.everyRounds} rounds over that of one that keeps all; ${REGRET_DEFINITION}`,
    protocol: `${seeds} seeds of ${rounds} rounds; all weights of the world turn into others and back in ${PERIOD} rounds; settings chosen on other seeds; interval by bootstrap over seeds`,
  };
  return [{ stage: 'drift', measurement: heldTo(measurement, 1, 'at-most', ratio.ci[1] < 1) }];
};
