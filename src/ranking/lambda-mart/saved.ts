import { join } from 'node:path';
import { openTables, writeArtifact } from '../../artifacts/artifact.ts';
import { numbersOf } from '../../artifacts/columns.ts';
import { openManifest } from '../../artifacts/manifest.ts';
import { callerError } from '../../domain/errors.ts';
import type { LambdaMartModel } from './lambda-mart.ts';
import type { TreeEnsemble } from './tree-ensemble.ts';

const KIND = 'lambda-mart';

/** Writes the model's files; to be called inside `writeDirectoryAtomically`, which makes them appear whole. */
export const saveLambdaMart = (dir: string, { featureNames, trees }: LambdaMartModel): void => {
  const { roots, feature, threshold, left, right, leafValue } = trees;
  writeArtifact(dir, {
    kind: KIND,
    meta: { featureNames },
    tables: {
      trees: { root: roots },
      nodes: { feature, threshold, left, right },
      leaves: { value: leafValue },
    },
  });
};

/**
 * The model of a folder. Arrays are views of verified bytes and must not be written to.
 * @throws MarqueeError (caller) naming the file that is missing, cut short, altered or no forest
 */
export const openLambdaMart = async (dir: string): Promise<LambdaMartModel> => {
  const manifest = openManifest(dir, KIND);
  const open = await openTables(dir, manifest, ['trees', 'nodes', 'leaves']);
  const nodes = open('nodes');
  const { featureNames } = manifest.meta as unknown as Pick<LambdaMartModel, 'featureNames'>;
  const trees: TreeEnsemble = {
    roots: numbersOf(open('trees'), 'root', Int32Array),
    feature: numbersOf(nodes, 'feature', Uint16Array),
    threshold: numbersOf(nodes, 'threshold', Float32Array),
    left: numbersOf(nodes, 'left', Int32Array),
    right: numbersOf(nodes, 'right', Int32Array),
    leafValue: numbersOf(open('leaves'), 'value', Float32Array),
  };
  expectForest(join(dir, 'nodes.arrow'), trees, featureNames.length);
  return { featureNames, trees };
};

/** A walk must end: every child lies after its parent, and every column and leaf exists. */
const expectForest = (
  file: string,
  { roots, feature, left, right, leafValue }: TreeEnsemble,
  columns: number,
): void => {
  const refuse = (what: string): never => {
    throw callerError('not-a-forest', `${file}: ${what}`);
  };
  const child = (of: string, parent: number, node: number): void => {
    if (node > parent ? node < feature.length : node < 0 && -1 - node < leafValue.length) return;
    refuse(
      `${of} leads to ${node}, expected a later one of ${feature.length} nodes or ${leafValue.length} leaves`,
    );
  };
  roots.forEach((root, tree) => {
    child(`tree ${tree}`, -1, root);
  });
  for (let node = 0; node < feature.length; node++) {
    if (feature[node] >= columns)
      refuse(`node ${node} asks for feature ${feature[node]}, expected below ${columns}`);
    child(`node ${node}`, node, left[node]);
    child(`node ${node}`, node, right[node]);
  }
};
