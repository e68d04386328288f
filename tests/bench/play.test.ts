import { expect, it } from 'vitest';
import { playStream, startPlay } from '../../bench/bandits/play.ts';
import { drawStream, FEATURES } from '../../bench/bandits/stream.ts';
import { LinUcb } from '../../src/bandits/lin-ucb.ts';
import { createRng } from '../../src/domain/rng.ts';

it('plays little by little what it plays at once, and regret never falls', () => {
  const stream = drawStream({ rounds: 300, rng: createRng(5) });
  const policy = () => new LinUcb({ featureSize: FEATURES });
  const play = startPlay(policy(), stream, { rng: createRng(6) });
  const curve = [1, 100, 100, 250, 300].map(play);
  expect(curve[4]).toBe(playStream(policy(), stream, { rng: createRng(6) }));
  expect(curve[1]).toBe(curve[2]);
  expect([...curve].sort((a, b) => a - b)).toEqual(curve);
});
