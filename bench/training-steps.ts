import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../src/domain/rng.ts';
import { normalSource } from '../src/math/random.ts';
import { inBatchSoftmax } from '../src/tensor/fused-softmax.ts';
import { createLearnedWeight } from '../src/training/dense-adam.ts';
import { type Bags, createSparseTable } from '../src/training/sparse-adam.ts';

/** The shapes of the training step: the tables of MovieLens 1M, and a query tower of one hidden layer. */
export const STEP_SHAPES = { users: 6_040, items: 3_706, dimension: 64, hidden: 128, batch: 1_024 } as const;

const LEARNING_RATE = 0.001;

/** Who played what: row b of each belongs together. */
export interface StepBatch {
  readonly users: Int32Array; // [batch]
  readonly items: Int32Array; // [batch]
}

/** Where every program starts, so that they all compute the same. */
export interface StepStart {
  readonly userTable: Float32Array; // [users, dimension]
  readonly itemTable: Float32Array; // [items, dimension]
  readonly tower: readonly { readonly shape: readonly number[]; readonly values: Float32Array }[];
}

/** One program on the backend that was set when it was made. */
export interface StepProgram {
  /** One step of training; returns the loss before it. */
  step(batch: StepBatch): number;
  dispose(): void;
}

export const drawStart = (rng: Rng): StepStart => {
  const { users, items, dimension, hidden } = STEP_SHAPES;
  const normal = normalSource(() => rng.next());
  const draw = (length: number, deviation: number): Float32Array =>
    Float32Array.from({ length }, () => deviation * normal());
  return {
    userTable: draw(users * dimension, 0.3),
    itemTable: draw(items * dimension, 0.3),
    tower: [
      { shape: [dimension, hidden], values: draw(dimension * hidden, Math.sqrt(2 / dimension)) },
      { shape: [hidden], values: new Float32Array(hidden) },
      { shape: [hidden, dimension], values: draw(hidden * dimension, Math.sqrt(2 / hidden)) },
      { shape: [dimension], values: new Float32Array(dimension) },
    ],
  };
};

export const drawBatches = (count: number, rng: Rng): StepBatch[] => {
  const ids = (rows: number): Int32Array =>
    Int32Array.from({ length: STEP_SHAPES.batch }, () => Math.floor(rng.next() * rows));
  return Array.from({ length: count }, () => ({
    users: ids(STEP_SHAPES.users),
    items: ids(STEP_SHAPES.items),
  }));
};

const towerOf = (users: tf.Tensor, [w1, b1, w2, b2]: readonly tf.Tensor[]): tf.Tensor2D => {
  const hidden = tf.relu(tf.add(tf.matMul(users as tf.Tensor2D, w1 as tf.Tensor2D), b1));
  return tf.add(tf.matMul(hidden as tf.Tensor2D, w2 as tf.Tensor2D), b2);
};

const variables = ({ tower }: StepStart): tf.Variable[] =>
  tower.map(({ shape, values }) => tf.tidy(() => tf.variable(tf.tensor(values, [...shape]))));

/**
 * The step as any TensorFlow.js program has it: tables are variables, gathered, with dense gradients and Adam over
 * all of their rows; the softmax is composed of operations. It runs on every backend unchanged.
 */
export const plainProgram = (start: StepStart): StepProgram => {
  const { users, items, dimension, batch } = STEP_SHAPES;
  const tables = tf.tidy(() =>
    [tf.tensor2d(start.userTable, [users, dimension]), tf.tensor2d(start.itemTable, [items, dimension])].map(
      (table) => tf.variable(table),
    ),
  );
  const tower = variables(start);
  const labels = tf.tidy(() => tf.eye(batch));
  const optimizer = tf.train.adam(LEARNING_RATE);
  return {
    step: (ids) =>
      tf.tidy(() => {
        const rows = [tf.tensor1d(ids.users, 'int32'), tf.tensor1d(ids.items, 'int32')] as const;
        const loss = optimizer.minimize(() => {
          const query = towerOf(tf.gather(tables[0], rows[0]), tower);
          const item = tf.gather(tables[1], rows[1]) as tf.Tensor2D;
          const logits = tf.matMul(query, item, false, true); // [batch, batch]
          return tf.losses.softmaxCrossEntropy(labels, logits) as tf.Scalar;
        }, true);
        return (loss as tf.Scalar).dataSync()[0];
      }),
    dispose: () => {
      tf.dispose([...tables, ...tower, labels]);
      optimizer.dispose();
    },
  };
};

/**
 * The same step as Marquee trains: tables outside of TensorFlow.js with gradients and Adam for the rows of the batch
 * alone, and the in-batch softmax as one operation with its own gradient.
 */
export const marqueeProgram = (start: StepStart): StepProgram => {
  const { dimension, batch } = STEP_SHAPES;
  const userTable = createSparseTable(start.userTable, dimension);
  const itemTable = createSparseTable(start.itemTable, dimension);
  const tower = start.tower.map(({ values, shape }) => createLearnedWeight(values, shape));
  const weights = new Float32Array(batch).fill(1);
  const offsets = Uint32Array.from({ length: batch + 1 }, (_, b) => b);
  const bagsOf = (ids: Int32Array): Bags => ({ ids: new Uint32Array(ids.buffer), weights, offsets });
  const withGradients = tf.valueAndGrads((users, items, ...w) =>
    inBatchSoftmax(towerOf(users, w), items as tf.Tensor2D),
  );
  return {
    step(ids) {
      const [users, items] = [bagsOf(ids.users), bagsOf(ids.items)];
      const rows = [userTable.lookUp(users), itemTable.lookUp(items)] as const;
      let gradients: readonly Float32Array[] = [];
      const loss = tf.tidy(() => {
        const inputs = rows.map((values) => tf.tensor2d(values, [batch, dimension]));
        const { value, grads } = withGradients([...inputs, ...tower.map((weight) => weight.tensor())]);
        for (const [i, weight] of tower.entries()) weight.learn(grads[i + 2], LEARNING_RATE);
        gradients = [grads[0].dataSync() as Float32Array, grads[1].dataSync() as Float32Array];
        return value.dataSync()[0];
      });
      userTable.learn(users, gradients[0], LEARNING_RATE);
      itemTable.learn(items, gradients[1], LEARNING_RATE);
      return loss;
    },
    dispose: () => {
      for (const weight of tower) weight.free();
      userTable.free();
      itemTable.free();
    },
  };
};
