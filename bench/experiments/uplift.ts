/** Whom a push notification keeps: rankings by uplift beside one by the risk of leaving. */
import { heldTo, type StageRow } from '../../src/domain/measurement.ts';
import { qiniOf } from '../../src/evaluation/causal/qini.ts';
import {
  riskModel,
  sLearner,
  tLearner,
  type UpliftData,
  type UpliftModel,
  xLearner,
} from '../../src/evaluation/causal/uplift.ts';
import type { Lab } from '../../src/experiments/lab/lab-world.ts';
import { type PushOutcomes, simulatePush } from '../../src/experiments/lab/push.ts';
import { mean, quantile } from '../../src/math/statistics.ts';

const STAGE = 'uplift';
const WORLDS = 5;
const LEARNERS: Readonly<Record<string, (data: UpliftData) => UpliftModel>> = {
  's-learner': sLearner,
  't-learner': tLearner,
  'x-learner': xLearner,
};

export const measureUplift = ({ model, rng, small }: Lab): StageRow[] => {
  const members = small ? 8_000 : 30_000;
  const runs = Array.from({ length: WORLDS }, (_, i) => {
    const own = rng.fork(`push:${i}`);
    const simulated = simulatePush(model, own, members);
    const arm = Uint8Array.from({ length: members }, () => (own.next() < 0.5 ? 1 : 0));
    return scoreRun(simulated, arm);
  });
  const over = (name: string): number[] => runs.map((run) => run[name]);
  const spread = (name: string) => [quantile(over(name), 0), quantile(over(name), 1)] as const;
  const [uplift, risk] = [mean(over('best')), mean(over('risk'))];
  const protocol = `${WORLDS} populations of ${members} members; half to learn from, a quarter to choose the learner by its Qini, a quarter to test; features: pages and minutes before, days since the last page, device; the test counts every member with and without the message, which only a world allows; interval the smallest and the largest`;
  const definition =
    'area between the Qini curve of a ranking and that of a random one, per member: members who came in the fourth week and would not have without the message';
  return [
    {
      stage: STAGE,
      measurement: heldTo(
        {
          name: 'uplift.qini',
          value: uplift,
          unit: 'share',
          n: WORLDS * Math.floor(members / 4),
          ci: spread('best'),
          baselines: [
            { name: 'random', value: mean(over('random')) },
            { name: 'churn risk', value: risk },
            { name: 'oracle', value: mean(over('oracle')) },
            ...Object.keys(LEARNERS).map((name) => ({ name, value: mean(over(name)) })),
          ],
          definition: `${definition}; the learner that is best on validation`,
          protocol,
        },
        Math.max(0, risk),
        'at-least',
        uplift > Math.max(0, risk),
      ),
    },
    {
      stage: STAGE,
      measurement: {
        name: 'risk.qini',
        value: risk,
        unit: 'share',
        n: WORLDS * Math.floor(members / 4),
        ci: spread('risk'),
        definition: `${definition}; ranking by the risk of not coming, as a churn model has it`,
        protocol,
      },
    },
  ];
};

const scoreRun = ({ features, withPush, without }: PushOutcomes, arm: Uint8Array): Record<string, number> => {
  const members = features.length;
  const [half, three] = [Math.floor(members / 2), Math.floor((3 * members) / 4)];
  const train: UpliftData = {
    features: features.slice(0, half),
    treated: arm.subarray(0, half),
    outcome: Float64Array.from({ length: half }, (_, i) => (arm[i] === 1 ? withPush[i] : without[i])),
  };
  const models = Object.entries(LEARNERS).map(([name, learn]) => ({ name, model: learn(train) }));
  const risk = riskModel(train);
  const validation = features.slice(half, three);
  const validated = models.map(({ model }) =>
    qiniOf(
      validation.map(model),
      validation.map((_, i) => (arm[half + i] === 1 ? withPush[half + i] : without[half + i])),
      arm.subarray(half, three),
    ),
  );
  const best = validated.indexOf(Math.max(...validated));
  const test = features.slice(three);
  /** On both potential outcomes of every member: no noise of the assignment. */
  const tested = (score: (row: Float64Array, i: number) => number): number => {
    const scores = test.map(score);
    const outcomes = [...withPush.subarray(three), ...without.subarray(three)];
    return qiniOf(
      [...scores, ...scores],
      outcomes,
      outcomes.map((_, i) => (i < test.length ? 1 : 0)),
    );
  };
  const qinis = Object.fromEntries(models.map(({ name, model }) => [name, tested(model)]));
  return {
    ...qinis,
    best: qinis[models[best].name],
    risk: tested((row) => -risk(row)),
    oracle: tested((_, i) => withPush[three + i] - without[three + i]),
    random: tested((_, i) => (i * 0.618_033_988_75) % 1),
  };
};
