/** How each chart of the lab comes about, in the process that draws them. */
import { existsSync } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import { estimatesOverTruth, type Judged, judgeWorld } from '../../../bench/bandits/off-policy.ts';
import { startPlay } from '../../../bench/bandits/play.ts';
import { POLICIES } from '../../../bench/bandits/policies.ts';
import { drawStream } from '../../../bench/bandits/stream.ts';
import { measureInterleaving } from '../../../bench/experiments/interleaving.ts';
import type { Measurement, Series } from '../../domain/measurement.ts';
import { silentProgress } from '../../domain/progress.ts';
import { createRng } from '../../domain/rng.ts';
import { type Lab, openLab } from '../../experiments/lab/lab-world.ts';
import { loadScenario, type ScenarioName } from '../../experiments/lab/scenarios/scenarios.ts';
import { parseExposition, type Series as Sample } from '../../monitoring/exposition.ts';
import type { Chart } from '../../reporting/chart.ts';
import { featureDrift } from '../../reporting/charts/drift.ts';
import { examinationCurve } from '../../reporting/charts/examination-curve.ts';
import { interleavingVerdicts } from '../../reporting/charts/interleaving.ts';
import { seriesOf } from '../../reporting/charts/lines.ts';
import { ndcgBesideOracle } from '../../reporting/charts/ndcg.ts';
import { offPolicyEstimates } from '../../reporting/charts/off-policy.ts';
import { recallCurves } from '../../reporting/charts/recall-curves.ts';
import { regretCurves } from '../../reporting/charts/regret-curves.ts';
import { stageLatency } from '../../reporting/charts/stage-latency.ts';
import { verdictChart } from '../../reporting/charts/verdict.ts';
import { versionEvents } from '../../reporting/charts/version-events.ts';
import { latencyOf } from '../../reporting/charts-of.ts';
import { readResult } from '../../reporting/result-file.ts';
import type { LabId } from './entries.ts';

/** What an experiment shows as it goes on: the last is what stays. */
export type Shown = AsyncGenerator<Chart | undefined, void>;

export interface LabSources {
  /** What the demo wrote. */
  readonly results: string;
  readonly metrics: string;
}

export type LabMaker =
  | {
      readonly kind: 'now';
      readonly make: (sources: LabSources) => Chart | undefined;
      readonly absent: string;
    }
  | { readonly kind: 'experiment'; readonly run: () => Shown };

const NO_DEMO = 'the demo that published here wrote no results with it; `npm run demo` does';
const NO_REQUEST = 'this server has answered no request yet';

const ofDemo = (make: (measurements: readonly Measurement[]) => Chart | undefined): LabMaker => ({
  kind: 'now',
  make: ({ results }) => (existsSync(results) ? make(readResult(results).measurements) : undefined),
  absent: NO_DEMO,
});

const ofServer = (make: (samples: readonly Sample[]) => Chart | undefined, absent: string): LabMaker => ({
  kind: 'now',
  make: ({ metrics }) => make(parseExposition(metrics)),
  absent,
});

const SEED = 42;

let opened: Lab | undefined;
const lab = (): Lab => {
  opened ??= openLab(SEED, true);
  return opened;
};

const scenario = (name: ScenarioName): LabMaker => ({
  kind: 'experiment',
  async *run() {
    const answer = await loadScenario(name);
    yield verdictChart({ id: name, ...answer(lab()) });
  },
});

/** Rounds that every policy plays, in so many steps. */
const ROUNDS = 60_000;
const STEPS = 60;

async function* learning(): Shown {
  const rng = createRng(SEED).fork('lab-stream');
  const stream = drawStream({ rounds: ROUNDS, rng });
  const players = POLICIES.map((make) => {
    const policy = make();
    return {
      line: policy.name,
      play: startPlay(policy, stream, { rng: rng.fork('choices') }),
      y: [] as number[],
    };
  });
  const x: number[] = [];
  for (let step = 1; step <= STEPS; step++) {
    x.push((step * ROUNDS) / STEPS);
    for (const { play, y } of players) {
      y.push(play(x[x.length - 1]));
      await pause();
    }
    yield regretCurves(players.map(({ line, y }): Series => ({ kind: 'regret', line, x, y })));
  }
}

const WORLDS = 20;

async function* judging(): Shown {
  const judged: Judged = new Map();
  for (let world = 0; world < WORLDS; world++) {
    judgeWorld(judged, SEED, world);
    const shown = [...judged].filter(([estimator]) => !estimator.startsWith('interval.'));
    yield offPolicyEstimates(shown.map(([estimator, cases]) => estimatesOverTruth(estimator, cases)));
    await pause();
  }
}

async function* interleaving(): Shown {
  const rows = measureInterleaving(lab(), silentProgress);
  yield interleavingVerdicts(rows.flatMap((row) => ('measurement' in row ? [row.measurement] : [])));
}

export const LAB_MAKERS: Readonly<Record<LabId, LabMaker>> = {
  recall: ofDemo(recallCurves),
  ndcg: ofDemo(ndcgBesideOracle),
  examination: ofDemo(examinationCurve),
  'artwork-regret': ofDemo((measurements) => regretCurves(seriesOf(measurements, 'regret'))),
  latency: ofDemo(latencyOf),
  stages: ofServer(stageLatency, NO_REQUEST),
  drift: ofServer(
    featureDrift,
    'drift is told from some thousand pages on, of a version that was published with a snapshot to tell it from',
  ),
  versions: ofServer(versionEvents, 'nothing was published while this server ran'),
  regret: { kind: 'experiment', run: learning },
  'off-policy': { kind: 'experiment', run: judging },
  'new-retrieval': scenario('new-retrieval'),
  'clicks-up-watch-down': scenario('clicks-up-watch-down'),
  'season-push': scenario('season-push'),
  interleaving: { kind: 'experiment', run: interleaving },
};
