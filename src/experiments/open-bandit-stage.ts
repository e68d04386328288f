import {
  type OpenBanditCampaign,
  type OpenBanditLog,
  readOpenBanditLog,
  shownShares,
} from '../../datasets/open-bandit.ts';
import type { Measurement, StageRow } from '../domain/measurement.ts';
import { createRng } from '../domain/rng.ts';
import type { OffPolicyOutcome } from '../evaluation/off-policy/contract.ts';
import { evaluateOffPolicy } from '../evaluation/off-policy/evaluate.ts';
import { fitRewards, type RoundFeatures } from '../evaluation/off-policy/reward-model.ts';
import { weighLog } from '../evaluation/off-policy/weigh.ts';
import { shareInterval } from '../evaluation/share-interval.ts';
import { mean, standardError } from '../math/statistics.ts';

const STAGE = 'open bandit';

/** Each of a campaign's two policies, judged from the other's log and beside what it really earned. */
export const measureOpenBandit = async (
  { campaign, random, bts }: OpenBanditCampaign,
  seed: number,
): Promise<StageRow[]> => {
  const logs = {
    random: await readOpenBanditLog(random, campaign),
    bts: await readOpenBanditLog(bts, campaign),
  };
  return [
    ...judged({ campaign, target: 'bts', behavior: 'random' }, logs, seed),
    ...judged({ campaign, target: 'random', behavior: 'bts' }, logs, seed),
  ];
};

type Policy = 'random' | 'bts';
interface Direction {
  readonly campaign: string;
  readonly target: Policy;
  readonly behavior: Policy;
}

const judged = (
  { campaign, target, behavior }: Direction,
  logs: Readonly<Record<Policy, OpenBanditLog>>,
  seed: number,
): StageRow[] => {
  const [from, own] = [logs[behavior], logs[target]];
  const rng = createRng(seed).fork(`open-bandit:${campaign}:${target}`);
  const log = weighLog(from, targetRows(from, own));
  const model = fitRewards(log, {
    features: itemAndPosition(from),
    link: 'logistic',
    rng: rng.fork('folds'),
  });
  const stream = rng.fork('draws');
  const outcomes = evaluateOffPolicy(log, { uniform: () => stream.next(), model });
  const clicks = own.rewards.reduce((sum, click) => sum + click, 0);
  const word = `open-bandit.${campaign}.${target}`;
  const onPolicy: Measurement = {
    name: `${word}.on-policy`,
    value: clicks / own.rewards.length,
    unit: 'share',
    n: own.rewards.length,
    ci: shareInterval(clicks, own.rewards.length),
    definition: `clicks per item shown in the ${target} policy's own log, ${clicks} in all`,
  };
  const [first] = outcomes;
  if (first.kind === 'refusal' && outcomes.every(({ kind }) => kind === 'refusal')) {
    const absent = `${word} by every estimator, from the ${behavior} log: ${first.reason}`;
    return [
      { stage: STAGE, measurement: onPolicy },
      { stage: STAGE, absent },
    ];
  }
  return [
    { stage: STAGE, measurement: onPolicy },
    ...outcomes.map((outcome) => outcomeRow(outcome, { word, behavior, from, own })),
  ];
};

const outcomeRow = (
  outcome: OffPolicyOutcome,
  {
    word,
    behavior,
    from,
    own,
  }: {
    readonly word: string;
    readonly behavior: Policy;
    readonly from: OpenBanditLog;
    readonly own: OpenBanditLog;
  },
): StageRow => {
  if (outcome.kind === 'refusal') {
    return {
      stage: STAGE,
      absent: `${word}.${outcome.estimator} from the ${behavior} log: ${outcome.reason}`,
    };
  }
  const { estimator, value, interval, n, standardError: error, effectiveSampleSize } = outcome;
  const onPolicy = mean(own.rewards);
  const reach = 1.96 * Math.hypot(error, standardError(own.rewards));
  const clicks = from.rewards.reduce((sum, click) => sum + click, 0);
  return {
    stage: STAGE,
    measurement: {
      name: `${word}.${estimator}`,
      value,
      unit: 'share',
      n,
      ci: interval,
      baselines: [
        { name: 'on-policy', value: onPolicy },
        { name: `${behavior} log`, value: mean(from.rewards) },
      ],
      definition: `clicks per item shown, estimated from the ${behavior} policy's log; the policy is known by how often it showed each item at each position`,
      protocol: `${n} rounds with ${clicks} clicks, so the interval is wide, and worth ${effectiveSampleSize.toFixed(0)} of the policy's own; off by ${(value - onPolicy).toFixed(5)} +/- ${reach.toFixed(5)} from on-policy, relative error ${Math.abs(value / onPolicy - 1).toFixed(3)}`,
    },
  };
};

/** The target's probabilities in each round of a log, by its position. [n, actionCount] */
const targetRows = ({ actionCount, positions }: OpenBanditLog, own: OpenBanditLog): Float64Array => {
  const shares = shownShares(own);
  const rows = new Float64Array(positions.length * actionCount);
  for (const [i, position] of positions.entries()) {
    rows.set(shares.subarray(position * own.actionCount, (position + 1) * own.actionCount), i * actionCount);
  }
  return rows;
};

const itemAndPosition = ({ actionCount, positions, positionCount }: OpenBanditLog): RoundFeatures => ({
  featureSize: 1 + actionCount + positionCount,
  write: (round, action, out) => {
    out.fill(0);
    out[0] = 1;
    out[1 + action] = 1;
    out[1 + actionCount + positions[round]] = 1;
  },
});
