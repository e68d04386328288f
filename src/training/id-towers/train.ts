import { createFactorScorer, type FactorModel } from '../../candidate-gen/baselines/factor-scorer.ts';
import { fitItemKnn } from '../../candidate-gen/baselines/item-knn.ts';
import type { ItemNeighbours } from '../../candidate-gen/baselines/item-neighbours.ts';
import { byItem, type Interactions, itemsOf } from '../../domain/interactions.ts';
import { type Progress, silentProgress } from '../../domain/progress.ts';
import type { Rng } from '../../domain/rng.ts';
import { normalSource, shuffleInPlace } from '../../math/random.ts';
import { createSparseTable } from '../sparse-adam.ts';
import { cosineContrastive, type LossInputs, type LossOutcome, sampledSoftmax } from './losses.ts';
import { checkIdTowerSettings, type IdTowerSettings, idTowerSettingsFor } from './settings.ts';
import { learnTable, type Tower, throughScaling, towerRows } from './tower.ts';

/** Steps over which the learning rate rises; it then falls in a straight line. */
const WARM_UP = 50;
const LAST_RATE = 0.01;
/** Neighbours that a mean is taken over while training: enough to stand for thousands. */
const MOST_POOLED = 32;
const START_DEVIATION = 0.1;

/**
 * Two towers over ids alone, for data that is only who took what: each user's and item's own embedding plus the
 * mean of what they are connected with, compared by cosine.
 * @throws MarqueeError (caller) on a setting out of range
 * @see Mao et al., SimpleX, CIKM 2021; He et al., LightGCN, SIGIR 2020 (one layer of whose graph the means are)
 */
export const trainIdTowers = async (
  train: Interactions,
  chosen: Partial<IdTowerSettings>,
  {
    rng,
    progress = silentProgress,
    onEpoch,
  }: {
    readonly rng: Rng;
    readonly progress?: Progress;
    readonly onEpoch?: (epoch: number, model: () => FactorModel) => void;
  },
): Promise<FactorModel> => {
  const settings = { ...idTowerSettingsFor(train), ...chosen };
  checkIdTowerSettings(settings);
  const { dimension, epochs, batchUsers } = settings;
  const { userCount, itemCount } = train;
  const negatives = Math.min(settings.negatives, itemCount);
  const normal = normalSource(() => rng.next());
  const draw = (rows: number): Float32Array =>
    Float32Array.from({ length: rows * dimension }, () => START_DEVIATION * normal());
  const users = createSparseTable(draw(userCount), dimension);
  const items = createSparseTable(draw(itemCount), dimension);
  const userTower: Tower = {
    own: users,
    others: items,
    neighbours: train,
    poolWeight: settings.historyWeight,
    mostPooled: 4 * MOST_POOLED,
    ...(settings.historyHalfLife > 0 ? { halfLife: settings.historyHalfLife } : {}),
  };
  const itemTower: Tower = {
    own: items,
    others: users,
    neighbours: byItem(train),
    poolWeight: settings.audienceWeight,
    mostPooled: MOST_POOLED,
  };
  const active = Uint32Array.from({ length: userCount }, (_, u) => u).filter(
    (u) => itemsOf(train, u).length > 0,
  );
  const steps = Math.ceil(active.length / batchUsers);
  const perPair = active.length / train.items.length / batchUsers;
  const pairsOf = pairSource(train, settings.neighbourWeight);
  const draws = negativeSource(train, negatives, settings.popularNegatives);
  const columnOf = new Int32Array(itemCount).fill(-1);
  const uniform = (): number => rng.next();

  const modelNow = (): FactorModel => {
    const vectors = (tower: Tower, count: number): Float32Array =>
      towerRows(
        tower,
        Uint32Array.from({ length: count }, (_, r) => r),
        dimension,
      ).vectors;
    const factors = {
      userFactors: vectors(userTower, userCount),
      itemFactors: vectors(itemTower, itemCount),
    };
    return createFactorScorer({ name: 'two-tower', userCount, itemCount, factors: dimension, ...factors });
  };

  /** One step on the pairs of some users; returns the loss. */
  const step = (batch: Uint32Array, learningRate: number): LossOutcome => {
    const { columns, logQ } = draws(uniform);
    const pairs = pairsOf(batch, uniform);
    const all = Array.from(columns);
    for (let j = 0; j < all.length; j++) columnOf[all[j]] = j;
    const positives = pairs.items.map((item) => {
      if (columnOf[item] < 0) columnOf[item] = all.push(item) - 1;
      return columnOf[item];
    });
    for (const item of all) columnOf[item] = -1;
    const showsId = settings.userIdDropout > 0 ? { ownOf: () => uniform() >= settings.userIdDropout } : {};
    const query = towerRows(userTower, batch, dimension, { uniform, ...showsId });
    const item = towerRows(itemTower, Uint32Array.from(all), dimension, { uniform });
    const inputs: LossInputs = {
      ...{
        dimension,
        queries: query.vectors,
        items: item.vectors,
        negatives,
        logQ,
        starts: pairs.starts,
        positives,
      },
      weights: pairs.weights.map((weight) => weight * perPair),
    };
    const outcome =
      settings.loss === 'sampled-softmax'
        ? sampledSoftmax(inputs, settings.temperature)
        : cosineContrastive(inputs, settings);
    const { queryGradient, itemGradient } = outcome;
    throughScaling(queryGradient, query, dimension);
    throughScaling(itemGradient, item, dimension);
    learnTable(
      users,
      [
        { bags: query.ids, gradient: queryGradient },
        { bags: item.pooled, gradient: itemGradient },
      ],
      learningRate,
    );
    learnTable(
      items,
      [
        { bags: item.ids, gradient: itemGradient },
        { bags: query.pooled, gradient: queryGradient },
      ],
      learningRate,
    );
    return outcome;
  };

  try {
    const progressStep = progress.step('train two towers', epochs * steps);
    let last = Number.NaN;
    for (let epoch = 0; epoch < epochs; epoch++) {
      shuffleInPlace(active, uniform);
      let loss = 0;
      for (let s = 0; s < steps; s++) {
        const done = epoch * steps + s;
        const rise = Math.min(1, (done + 1) / WARM_UP);
        const fall = Math.max(LAST_RATE, 1 - done / (epochs * steps));
        const outcome = step(
          active.subarray(s * batchUsers, (s + 1) * batchUsers),
          settings.learningRate * rise * fall,
        );
        loss += outcome.loss;
        progressStep.advance(done + 1, `loss ${(loss / (s + 1)).toFixed(3)}`);
        if (s % 8 === 0) await new Promise(setImmediate); // let signals and timers through
      }
      last = loss / steps;
      onEpoch?.(epoch, modelNow);
    }
    progressStep.end(`${epochs} epochs, loss ${last.toFixed(3)}`);
    return modelNow();
  } finally {
    users.free();
    items.free();
  }
};

/** Neighbours of an item that one is drawn from for each of its pairs. */
const NEIGHBOURS = 10;

/**
 * The pairs of some users: what each took, and, where neighbours weigh anything, for each of these one of its
 * nearest items that the user did not take, drawn by likeness. So the towers learn the item-item graph too.
 * @see Mao et al., "UltraGCN: ultra simplification of graph convolutional networks", CIKM 2021
 */
const pairSource = (train: Interactions, neighbourWeight: number) => {
  const near = neighbourWeight > 0 ? fitItemKnn(train, { neighbours: NEIGHBOURS }).neighbours : undefined;
  const own = new Uint8Array(train.itemCount);
  return (batch: Uint32Array, uniform: () => number) => {
    const starts = new Uint32Array(batch.length + 1);
    const items: number[] = [];
    const weights: number[] = [];
    batch.forEach((user, b) => {
      const taken = itemsOf(train, user);
      for (const item of taken) {
        items.push(item);
        weights.push(1);
        own[item] = 1;
      }
      if (near !== undefined) {
        const drawn = new Map<number, number>();
        for (const item of taken) {
          const neighbour = drawNeighbour(near, item, uniform);
          if (neighbour !== undefined && own[neighbour] === 0)
            drawn.set(neighbour, (drawn.get(neighbour) ?? 0) + neighbourWeight);
        }
        for (const [item, weight] of drawn) {
          items.push(item);
          weights.push(weight);
        }
      }
      for (const item of taken) own[item] = 0;
      starts[b + 1] = items.length;
    });
    return { starts, items: Uint32Array.from(items), weights: Float32Array.from(weights) };
  };
};

const drawNeighbour = (
  { offsets, items, weights }: ItemNeighbours,
  item: number,
  uniform: () => number,
): number | undefined => {
  let total = 0;
  for (let at = offsets[item]; at < offsets[item + 1]; at++) total += weights[at];
  let left = uniform() * total;
  for (let at = offsets[item]; at < offsets[item + 1]; at++) {
    left -= weights[at];
    if (left < 0) return items[at];
  }
  return undefined;
};

/** Draws a step's negatives, all different, with log(n Q) of each. */
const negativeSource = (train: Interactions, n: number, popularShare: number) => {
  const { items, itemCount } = train;
  const taken = new Uint8Array(itemCount);
  const frequency = new Float64Array(itemCount);
  for (const item of items) frequency[item]++;
  const popular = Math.floor(n * popularShare);
  return (uniform: () => number): { columns: Uint32Array; logQ: Float32Array } => {
    const columns = new Uint32Array(n);
    if (n === itemCount) for (let j = 0; j < n; j++) columns[j] = j;
    else {
      for (let j = 0; j < n; ) {
        const drawn =
          j < popular ? items[Math.floor(uniform() * items.length)] : Math.floor(uniform() * itemCount);
        if (taken[drawn] === 1) continue;
        taken[drawn] = 1;
        columns[j++] = drawn;
      }
      for (const column of columns) taken[column] = 0;
    }
    const logQ = Float32Array.from(columns, (item) =>
      Math.log(Math.min(1, popular * (frequency[item] / items.length) + (n - popular) / itemCount)),
    );
    return { columns, logQ };
  };
};
