/** A push about a new season: does it keep members, or would they have stayed, and whom should it be sent to? */
import { effectInterval, proportionEffect } from '../../../evaluation/ab/effect.ts';
import { momentsByArm } from '../../../evaluation/ab/moments.ts';
import { readSegments } from '../../../evaluation/ab/segments.ts';
import { qiniOf } from '../../../evaluation/causal/qini.ts';
import { riskModel, xLearner } from '../../../evaluation/causal/uplift.ts';
import { mean } from '../../../math/statistics.ts';
import { simulatePush } from '../push.ts';
import type { Scenario } from './contract.ts';
import { assignMembers } from './run-test.ts';

const FIFTHS = 5;

export const seasonPush: Scenario = ({ model, rng, small }) => {
  const members = small ? 24_000 : 60_000;
  const { features, withPush, without } = simulatePush(model, rng.fork('scenario:push'), members);
  const arm = assignMembers('season-push', members);
  const outcome = without.map((value, m) => (arm[m] === 1 ? withPush[m] : value));
  const half = members / 2;
  const train = { features: features.slice(0, half), treated: arm.subarray(0, half), outcome };
  const [uplift, risk] = [xLearner(train), riskModel(train)];
  const tested = features.slice(half);
  const scores = tested.map(uplift);
  const order = Array.from(tested.keys()).sort((i, j) => scores[j] - scores[i]);
  const segments = Array.from({ length: FIFTHS }, (_, fifth) => {
    const rows = order.slice(Math.floor((fifth * half) / FIFTHS), Math.floor(((fifth + 1) * half) / FIFTHS));
    const of = (column: Float64Array): Float64Array => Float64Array.from(rows, (i) => column[half + i]);
    const [c, t] = momentsByArm(
      of(outcome),
      Uint8Array.from(rows, (i) => arm[half + i]),
      2,
    );
    return {
      name: `fifth ${fifth + 1} by uplift`,
      effect: proportionEffect(c, t),
      truth: mean(of(withPush)) - mean(of(without)),
    };
  });
  const { segments: read, heterogeneityP } = readSegments(segments);
  const [c, t] = momentsByArm(outcome, arm, 2);
  const whole = proportionEffect(c, t);
  const qini = (score: readonly number[]): number =>
    qiniOf(score, outcome.subarray(half), arm.subarray(half));
  const worth = read.filter(({ interval }) => interval[0] > 0).map(({ name }) => name);
  const harm = read.filter(({ interval }) => interval[1] < 0).map(({ name }) => name);
  return {
    question:
      'Does a push about a new season keep members, or would they have stayed anyway? Whom to send it to?',
    method: [
      `${members} members, half of whom got the message by their hash; half to learn an X-learner on, half to test`,
      `Qini per member: uplift ${qini(scores).toFixed(4)}, churn risk ${qini(tested.map((row) => -risk(row))).toFixed(4)}, random 0`,
      `effects of the fifths differ: p = ${heterogeneityP.toExponential(1)}; their intervals hold all together`,
    ],
    plots: [
      {
        title: 'members who come in the fourth week and would not have, share',
        unit: 'share',
        estimates: [
          {
            name: 'all',
            estimate: whole.estimate,
            interval: effectInterval(whole),
            truth: mean(withPush) - mean(without),
          },
          ...read.map(({ name, effect, interval }, i) => ({
            name,
            estimate: effect.estimate,
            interval,
            truth: segments[i].truth,
          })),
        ],
      },
    ],
    decision: worth.length === 0 ? 'send it to nobody yet' : `send it to ${worth.join(', ')}`,
    reasons: [
      `shown to help: ${worth.join(', ') || 'none'}`,
      `shown to harm: ${harm.join(', ') || 'none'}`,
      'members at the highest risk of leaving are not those whom a message keeps',
    ],
    truth:
      'the message brings back those who come now and then and see it, on a phone; the most active are annoyed by it',
  };
};
