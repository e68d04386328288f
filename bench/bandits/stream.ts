/** A planted problem like the choice of one title's artwork: who asks, what could be shown, what each would bring. */
import type { BanditRound } from '../../src/bandits/contract.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { fillCoarseNormals } from '../../src/math/random.ts';
import { sigmoid } from '../../src/math/statistics.ts';

export const ACTIONS = 10;
export const CONTEXT_SIZE = 3;
export const ACTION_SIZE = 7;
/** (1, context) times (1, action), each with each: 32. */
export const FEATURES = (1 + CONTEXT_SIZE) * (1 + ACTION_SIZE);

/** All of it is written down before anybody chooses, so every policy meets the very same stream. */
export interface BanditStream {
  readonly rounds: number;
  readonly contexts: Float32Array; // [rounds, CONTEXT_SIZE]
  /** The same in every round, as a title's artworks are. */
  readonly actions: Float32Array; // [ACTIONS, ACTION_SIZE]
  /** P(reward = 1) of each action. */
  readonly expected: Float64Array; // [rounds, ACTIONS], in whole millionths
  /** 0 or 1: what each action would have brought. */
  readonly rewards: Uint8Array; // [rounds, ACTIONS]
}

export interface StreamOptions {
  readonly rounds: number;
  readonly rng: Rng;
  /** Rounds in which the world's weights turn into others and back; Infinity, the default: they stand. */
  readonly period?: number;
}

/** Log-odds of a reward where nothing speaks for or against it. */
const BIAS = -1.5;
/** Standard deviations of what context, action and their pairs add to the log-odds. */
const SPREAD = { context: 0.3, action: 0.6, pairs: 0.8 } as const;
/**
 * A stream drawn from planted weights: logit P(reward) = BIAS + theta . ((1, context) x (1, action)).
 * Features are whole thousandths, so that a short text holds them exactly. With a period, theta turns
 * from one draw of the weights towards another, theta(t) = cos(2 pi t / period) theta_0 + sin(2 pi t / period) theta_1.
 */
export const drawStream = ({ rounds, rng, period = Infinity }: StreamOptions): BanditStream => {
  const theta = [0, 1].map((i) => drawWeights(rng.fork(`weights-${i}`)));
  const contexts = drawNormals(rng.fork('contexts'), rounds * CONTEXT_SIZE).map(toThousandth);
  const actions = drawNormals(rng.fork('actions'), ACTIONS * ACTION_SIZE).map(toThousandth);
  const expected = new Float64Array(rounds * ACTIONS);
  const rewards = new Uint8Array(rounds * ACTIONS);
  const chance = rng.fork('rewards');
  const stream = { rounds, contexts, actions, expected, rewards };
  const reader = streamReader(stream);
  for (let t = 0; t < rounds; t++) {
    const { features } = reader(t);
    const angle = (2 * Math.PI * t) / period;
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    for (let a = 0; a < ACTIONS; a++) {
      let score = BIAS;
      for (let i = 0; i < FEATURES; i++) {
        score += (cosine * theta[0][i] + sine * theta[1][i]) * features[a * FEATURES + i];
      }
      const probability = Math.round(1e6 * sigmoid(score)) / 1e6;
      expected[t * ACTIONS + a] = probability;
      rewards[t * ACTIONS + a] = chance.next() < probability ? 1 : 0;
    }
  }
  return stream;
};

/** The rounds of a stream, built in one buffer: a round holds until the next is asked for. */
export const streamReader = ({ contexts, actions }: BanditStream): ((t: number) => BanditRound) => {
  const features = new Float32Array(ACTIONS * FEATURES);
  return (t) => {
    let at = 0;
    for (let a = 0; a < ACTIONS; a++) {
      for (let j = -1; j < ACTION_SIZE; j++) {
        const of = j < 0 ? 1 : actions[a * ACTION_SIZE + j];
        features[at++] = of;
        for (let c = 0; c < CONTEXT_SIZE; c++) features[at++] = of * contexts[t * CONTEXT_SIZE + c];
      }
    }
    return { requestId: `round-${t}`, actionCount: ACTIONS, featureSize: FEATURES, features };
  };
};

const toThousandth = (value: number): number => Math.round(value * 1000) / 1000;

const drawNormals = (rng: Rng, length: number): Float32Array => {
  const normals = new Float64Array(length);
  fillCoarseNormals(() => rng.next(), normals, length);
  return Float32Array.from(normals);
};

/** Weights of the features, in the order of `streamReader`. [FEATURES] */
const drawWeights = (rng: Rng): Float32Array =>
  drawNormals(rng, FEATURES).map((normal, i) => {
    const ofContext = i % (1 + CONTEXT_SIZE) > 0;
    const ofAction = i > CONTEXT_SIZE;
    if (ofContext && ofAction) return (SPREAD.pairs * normal) / Math.sqrt(CONTEXT_SIZE * ACTION_SIZE);
    if (ofAction) return (SPREAD.action * normal) / Math.sqrt(ACTION_SIZE);
    return ofContext ? (SPREAD.context * normal) / Math.sqrt(CONTEXT_SIZE) : 0;
  });
