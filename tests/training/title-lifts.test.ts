import { expect, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { logit, sigmoid } from '../../src/math/statistics.ts';
import { fitTitleLifts, type TitleEvidence } from '../../src/training/title-lifts.ts';

const TITLES = 60;
const ROWS = 60_000;

/** Every other title has a lift of 1; those without are shown nine times in ten to those who would click anyway. */
const liftOf = (title: number): number => (title % 2 === 0 ? 1 : 0);

const plantedEvidence = (): TitleEvidence => {
  const rng = createRng(5);
  const title = Uint32Array.from({ length: ROWS }, () => Math.floor(rng.next() * TITLES));
  const expected = Float32Array.from(title, (t) => (rng.next() < (liftOf(t) === 0 ? 0.9 : 0.1) ? 0 : -2));
  const examined = Float32Array.from(title, () => 0.3 + 0.7 * rng.next());
  const outcome = Uint8Array.from(title, (t, i) =>
    rng.next() < examined[i] * sigmoid(expected[i] + liftOf(t)) ? 1 : 0,
  );
  return { title, expected, examined, outcome };
};

const meanOf = (lifts: Float32Array, lift: number): number => {
  const those = lifts.filter((_, t) => liftOf(t) === lift);
  return those.reduce((sum, x) => sum + x / those.length, 0);
};

test('takes no title for a good one because those who would click anyway were shown it', () => {
  const evidence = plantedEvidence();
  const lifts = fitTitleLifts(evidence, TITLES);
  const { title, outcome, examined } = evidence;
  const rateOf = (lift: number): number => {
    let [clicks, seen] = [0, 0];
    title.forEach((t, i) => {
      if (liftOf(t) !== lift) return;
      clicks += outcome[i];
      seen += examined[i];
    });
    return logit(clicks / seen);
  };
  expect(rateOf(1)).toBeLessThan(rateOf(0)); // what the rates alone say
  // 30 titles of 1,000 impressions and some 200 clicks each: a standard error of 0.015, and a prior that pulls each to 0 by
  // about one part in fifty.
  for (const lift of [0, 1]) expect(Math.abs(meanOf(lifts, lift) - lift)).toBeLessThan(0.08);
});

test('is a little nearer to 0 than the likeliest lift, which a fine search finds', () => {
  const evidence = plantedEvidence();
  const [lift] = fitTitleLifts(evidence, TITLES);
  const { title, expected, examined, outcome } = evidence;
  const rows = Array.from(title.keys()).filter((i) => title[i] === 0);
  const likelihood = (at: number): number =>
    rows.reduce((sum, i) => {
      const p = examined[i] * sigmoid(expected[i] + at);
      return sum + Math.log(outcome[i] === 1 ? p : 1 - p);
    }, 0);
  let best = 0;
  for (let at = 0; at < 2; at += 0.001) if (likelihood(at) > likelihood(best)) best = at;
  expect(lift / best).toBeGreaterThan(0.94); // a title's own evidence weighs some 100, the prior 2
  expect(lift / best).toBeLessThan(1);
});

test('leaves a title that nobody was shown as its genres say', () => {
  expect(fitTitleLifts(plantedEvidence(), TITLES + 1)[TITLES]).toBe(0);
});
