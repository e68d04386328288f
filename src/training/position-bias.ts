import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../domain/rng.ts';
import { variableOf } from './layers.ts';

/**
 * How the click head's loss allows for places that are looked at less. With z the click's logit, e = P(examined):
 * - `examination`: BCE(c, e sigmoid(z)), the position-based model
 * - `ips`: BCE(c / e, sigmoid(z)), inverse propensity: unbiased, of larger variance (Saito et al., WSDM 2020)
 * - `tower`: BCE(c, sigmoid(z + t)), t of a shallow net over the place, dropped at serving (Zhao et al., RecSys 2019)
 * - `none`: BCE(c, sigmoid(z)), as though every place were examined
 */
export type PositionBias = 'examination' | 'ips' | 'tower' | 'none';

/** Numbers that say where an example stood: device, row, position. */
export const PLACE_SIZE = 3;

/** Below this an inverse propensity would let single clicks rule the gradient. */
const LEAST_EXAMINED = 0.1;

/** BCE of a logit z and a label y, which need not be a probability: softplus(z) - y z. */
const logitLoss = (z: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.sub(tf.softplus(z), tf.mul(y, z));

/** The click loss of each example, [batch]; `tower` is the logit of the place, and only read by that method. */
export const clickLoss = (
  method: PositionBias,
  click: tf.Tensor,
  clicked: tf.Tensor,
  examined: tf.Tensor,
  tower: () => tf.Tensor,
): tf.Tensor => {
  if (method === 'ips') return logitLoss(click, tf.div(clicked, tf.maximum(examined, LEAST_EXAMINED)));
  if (method === 'tower') return logitLoss(tf.add(click, tower()), clicked);
  if (method === 'none') return logitLoss(click, clicked);
  const shown = tf.clipByValue(tf.mul(examined, tf.sigmoid(click)), 1e-6, 1 - 1e-6);
  return tf.neg(tf.add(tf.mul(clicked, tf.log(shown)), tf.mul(tf.sub(1, clicked), tf.log(tf.sub(1, shown)))));
};

export interface PositionTower {
  /** What places add to the click's logit, [batch]; 0 at the first place of each device, which serving stands for. */
  logit(places: Uint8Array): tf.Tensor;
  dispose(): void;
}

const HIDDEN = 8;

/** One hidden layer over the one-hot device, row and position; `places` are those it may meet, [n, PLACE_SIZE]. */
export const createPositionTower = (places: Uint8Array, rng: Rng): PositionTower => {
  const offsets = [0, 0, 0, 0]; // where the one-hot codes of each of the three begin
  for (let column = 0; column < PLACE_SIZE; column++) {
    let largest = 0;
    for (let i = column; i < places.length; i += PLACE_SIZE) largest = Math.max(largest, places[i]);
    offsets[column + 1] = offsets[column] + largest + 1;
  }
  const width = offsets[PLACE_SIZE];
  const drawn = (rows: number, columns: number): tf.Variable =>
    variableOf(
      tf.tensor2d(
        Float32Array.from({ length: rows * columns }, () => rng.next() - 0.5),
        [rows, columns],
      ),
    );
  const hidden = drawn(width, HIDDEN);
  const bias = variableOf(tf.zeros([HIDDEN]));
  const out = drawn(HIDDEN, 1);
  const forward = (batch: Uint8Array, first: boolean): tf.Tensor => {
    const rows = batch.length / PLACE_SIZE;
    const codes = new Float32Array(rows * width);
    for (let i = 0; i < batch.length; i++) {
      const column = i % PLACE_SIZE;
      const code = first && column > 0 ? 0 : batch[i];
      codes[Math.floor(i / PLACE_SIZE) * width + offsets[column] + code] = 1;
    }
    const x = tf.tensor2d(codes, [rows, width]);
    const h = tf.relu(tf.add(tf.matMul(x, hidden as tf.Tensor2D), bias));
    return tf.squeeze(tf.matMul(h as tf.Tensor2D, out as tf.Tensor2D), [1]); // [batch]
  };
  return {
    logit: (batch) => tf.sub(forward(batch, false), forward(batch, true)),
    dispose: () => tf.dispose([hidden, bias, out]),
  };
};
