import type { Rng } from '../domain/rng.ts';
import { drawIndex } from '../math/random.ts';
import type { BanditPolicy, BanditRound, Decision } from './contract.ts';

/** An action drawn from exactly these probabilities, which the decision keeps. */
export const drawDecision = (probabilities: Float64Array, rng: Rng): Decision => {
  const action = drawIndex(() => rng.next(), probabilities);
  return { action, propensity: probabilities[action], probabilities };
};

/** Divides a mass of 1 equally among the best of the scores, so that no tie favours a low index. [n] */
export const spreadOverBest = (scores: Float64Array, n: number): Float64Array => {
  let best = scores[0];
  let ties = 1;
  for (let i = 1; i < n; i++) {
    if (scores[i] > best) {
      best = scores[i];
      ties = 1;
    } else if (scores[i] === best) ties++;
  }
  const probabilities = zeros(n);
  for (let i = 0; i < n; i++) if (scores[i] === best) probabilities[i] = 1 / ties;
  return probabilities;
};

const SLAB = 4_096;
let slab = new Float64Array(SLAB);
let taken = 0;

/**
 * n numbers of 0. A typed array of more than 64 bytes gets memory of its own, which takes V8 longer than all else that
 * a choice needs beside its scores; so many of them share one.
 */
const zeros = (n: number): Float64Array => {
  if (n > SLAB) return new Float64Array(n);
  if (taken + n > SLAB) {
    slab = new Float64Array(SLAB);
    taken = 0;
  }
  taken += n;
  return slab.subarray(taken - n, taken);
};

/** Mixes the uniform distribution in, in place: (1 - floor) p + floor / n. Returns the same array. */
export const mixFloor = (probabilities: Float64Array, floor: number): Float64Array => {
  const share = floor / probabilities.length;
  for (let i = 0; i < probabilities.length; i++) {
    probabilities[i] = (1 - floor) * probabilities[i] + share;
  }
  return probabilities;
};

/**
 * The policy's choice for a request, drawn from a stream of the request's own: asked again, in whatever order and on
 * whichever server of that state, it is the same. Request ids had better differ between rounds.
 */
export const chooseForRequest = (policy: BanditPolicy, round: BanditRound, rng: Rng): Decision =>
  policy.choose(round, rng.fork(round.requestId));
