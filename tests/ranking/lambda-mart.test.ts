import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeArtifact } from '../../src/artifacts/artifact.ts';
import { createRng, type Rng } from '../../src/domain/rng.ts';
import { RANKING_FEATURE_NAMES } from '../../src/features/ranking-features.ts';
import { createLambdaMartRanker, type LambdaMartModel } from '../../src/ranking/lambda-mart/lambda-mart.ts';
import { openLambdaMart, saveLambdaMart } from '../../src/ranking/lambda-mart/saved.ts';
import { addScores, joinTrees, type TreeEnsemble } from '../../src/ranking/lambda-mart/tree-ensemble.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';
import { describeRanker } from '../contracts/describe-ranker.ts';

/** The readable twin of the flat arrays. */
type Tree = number | { feature: number; threshold: number; left: Tree; right: Tree };

const COLUMNS = RANKING_FEATURE_NAMES.length;

const drawTree = (rng: Rng, depth: number): Tree =>
  depth === 0 || rng.next() < 0.2
    ? Math.fround(rng.next() - 0.5)
    : {
        feature: Math.floor(rng.next() * COLUMNS),
        threshold: Math.fround(rng.next()),
        left: drawTree(rng, depth - 1),
        right: drawTree(rng, depth - 1),
      };

const walk = (tree: Tree, row: ArrayLike<number>): number =>
  typeof tree === 'number' ? tree : walk(row[tree.feature] <= tree.threshold ? tree.left : tree.right, row);

const flat = (tree: Tree): TreeEnsemble => {
  const [feature, threshold, left, right, leafValue]: number[][] = [[], [], [], [], []];
  const put = (part: Tree): number => {
    if (typeof part === 'number') return -leafValue.push(part);
    const node = feature.push(part.feature) - 1;
    threshold.push(part.threshold);
    left.push(0);
    right.push(0);
    left[node] = put(part.left);
    right[node] = put(part.right);
    return node;
  };
  return {
    roots: Int32Array.of(put(tree)),
    feature: Uint16Array.from(feature),
    threshold: Float32Array.from(threshold),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    leafValue: Float32Array.from(leafValue),
  };
};

const rng = createRng(5);
const drawn = [0, 1, 3, 5, 5, 8].map((depth) => drawTree(rng, depth));
const model: LambdaMartModel = { featureNames: RANKING_FEATURE_NAMES, trees: joinTrees(drawn.map(flat)) };

describeRanker('lambda-mart', () => createLambdaMartRanker(model));

test('a sum of flat trees is the sum of walks down each', () => {
  const rows = 50;
  const values = Float32Array.from({ length: rows * COLUMNS }, () => rng.next());
  values[3] = Number.NaN; // goes right wherever it is asked for
  const scores = new Float64Array(rows);
  addScores(model.trees, { values, rows, columns: COLUMNS }, scores);
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * COLUMNS, (row + 1) * COLUMNS);
    expect(scores[row]).toBeCloseTo(
      drawn.reduce<number>((sum, tree) => sum + walk(tree, own), 0),
      12,
    );
  }
});

describe('a saved model', () => {
  const root = temporaryFolder();

  test.each([
    ['of many trees', model],
    ['of no tree', { featureNames: ['one'], trees: joinTrees([]) }],
    ['of a single leaf', { featureNames: ['one'], trees: flat(0.5) }],
  ])('%s is opened as it was', async (name, saved: LambdaMartModel) => {
    const dir = join(root, name.replaceAll(' ', '-'));
    saveLambdaMart(dir, saved);
    expect(await openLambdaMart(dir)).toEqual(saved);
  });

  test.each([
    ['a node above itself', { left: Int32Array.of(0) }, /node 0 leads to 0, expected/],
    ['a leaf that is not there', { right: Int32Array.of(-3) }, /node 0 leads to -3, expected/],
    [
      'a feature that is not there',
      { feature: Uint16Array.of(1) },
      /node 0 asks for feature 1, expected below 1/,
    ],
  ])('with %s is refused, naming the node', async (name, wrong, message) => {
    const dir = join(root, name.replaceAll(' ', '-'));
    const trees = { ...flat({ feature: 0, threshold: 0, left: 1, right: 2 }), ...wrong };
    saveLambdaMart(dir, { featureNames: ['one'], trees });
    await expect(openLambdaMart(dir)).rejects.toThrow(message);
  });

  test('of another kind is refused', async () => {
    const dir = join(root, 'other');
    writeArtifact(dir, { kind: 'models', meta: {}, tables: { trees: { root: new Int32Array(0) } } });
    await expect(openLambdaMart(dir)).rejects.toThrow(/lambda-mart/);
  });
});
