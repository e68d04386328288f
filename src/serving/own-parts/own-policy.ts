import type { BanditPolicy, BanditRound } from '../../bandits/contract.ts';
import { createRng, type Rng } from '../../domain/rng.ts';
import { breach, expectShape, type GivenRounds, type OwnModule, withoutThrowing } from './contract.ts';

const ROUNDS = 100;

/**
 * The user's policy, fresh, once another made alike kept the contract over some rounds: probabilities that sum to 1,
 * actions drawn with exactly the propensity that is told, and a state that is restored as it was saved.
 * @throws MarqueeError (caller) that names the flag, the file, what came and what was expected
 */
export const openOwnPolicy = async (
  module: OwnModule<GivenRounds, BanditPolicy>,
  given: GivenRounds,
): Promise<BanditPolicy> => {
  const fresh = (): Promise<BanditPolicy> =>
    withoutThrowing(module, 'its default export', () => module.make(given));
  const tried = await fresh();
  expectShape(module, tried, ['probabilities', 'choose', 'update', 'forget', 'merge', 'save', 'restore']);
  const rng = createRng(1);
  for (let i = 0; i < ROUNDS; i++) {
    const round = drawnRound(rng, 1 + (i % 8), given.featureSize);
    await withoutThrowing(module, 'a round', () => playRound(module, tried, round, rng.fork(`round:${i}`)));
  }
  const restored = await fresh();
  const round = drawnRound(rng, 5, given.featureSize);
  await withoutThrowing(module, 'restore', () => restored.restore(tried.save()));
  const [before, after] = [tried, restored].map((policy) => [...policy.probabilities(round, createRng(2))]);
  if (before.join() !== after.join())
    throw breach(module, `${after.join(' ')} after restore(save())`, `the probabilities ${before.join(' ')}`);
  return await fresh();
};

const playRound = (
  module: OwnModule<GivenRounds, BanditPolicy>,
  policy: BanditPolicy,
  round: BanditRound,
  rng: Rng,
): void => {
  const told = policy.probabilities(round, rng.fork('told'));
  const { action, propensity, probabilities } = policy.choose(round, rng.fork('chosen'));
  for (const each of [told, probabilities]) {
    const sum = each.reduce((total, p) => total + p, 0);
    if (each.length !== round.actionCount || each.some((p) => !(p >= 0)) || Math.abs(sum - 1) > 1e-9)
      throw breach(
        module,
        `probabilities ${[...each].join(' ')}`,
        `${round.actionCount} from 0 that sum to 1`,
      );
  }
  if (!(action < round.actionCount) || propensity !== probabilities[action])
    throw breach(
      module,
      `action ${action} of propensity ${propensity}`,
      'one drawn from its own probabilities',
    );
  policy.update({ round, action, reward: rng.next() < 0.5 ? 1 : 0 });
};

const drawnRound = (rng: Rng, actionCount: number, featureSize: number): BanditRound => ({
  requestId: 'check',
  actionCount,
  featureSize,
  features: Float32Array.from({ length: actionCount * featureSize }, () => 2 * rng.next() - 1),
});
