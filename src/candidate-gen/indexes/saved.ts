import { join } from 'node:path';
import { readTable, writeArtifact } from '../../artifacts/artifact.ts';
import { columnOf, numbersOf } from '../../artifacts/columns.ts';
import { type JsonValue, type Manifest, openManifest } from '../../artifacts/manifest.ts';
import { callerError } from '../../domain/errors.ts';
import { sharedKernels } from '../../math/kernels/kernels.ts';
import type { SavedIndex } from './contract.ts';
import { createExactIndex } from './exact.ts';
import { createInt8Index } from './int8.ts';
import { openIvf } from './ivf.ts';
import type { Probes } from './ivf-probes.ts';

const KIND = 'vector-index';

/**
 * Writes the index as Arrow tables and a manifest. The columns are views of kernel memory, so that the vectors are
 * copied once, into the bytes of the file; codes are not written, for they follow from the vectors.
 * To be called inside `writeDirectoryAtomically` or `publishVersion`, which make the folder appear whole.
 * @throws MarqueeError (dependency) when the disk refuses
 */
export function writeIndex(dir: string, index: SavedIndex): Manifest {
  const { tables, meta } = index.toTables();
  return writeArtifact(dir, { kind: KIND, meta: { ...meta, index: index.name }, tables });
}

/**
 * The index of that folder, which answers as the one that was written. The vectors are copied once, from the
 * verified bytes of the file into kernel memory.
 * @throws MarqueeError (caller) when the folder holds no index, a damaged one, or one of a kind not known here
 */
export function openIndex(dir: string): SavedIndex {
  const manifest = openManifest(dir, KIND);
  const rows = readTable(dir, manifest, 'rows');
  const { size: dimension, values: vectors } = columnOf(rows, 'vector', 'vectors');
  const { index } = manifest.meta;
  if (index === 'exact') return createExactIndex(vectors, dimension);
  if (index === 'int8') return createInt8Index(vectors, dimension);
  if (index !== 'ivf') {
    throw callerError('index-kind', `${dir}: got an index '${index}', expected exact, int8 or ivf`);
  }
  const file = join(dir, 'cells.arrow');
  const cells = readTable(dir, manifest, 'cells');
  const counts = numbersOf(cells, 'rows', Uint32Array);
  const centroids = columnOf(cells, 'centroid', 'vectors');
  const starts = new Uint32Array(counts.length + 1);
  for (let cell = 0; cell < counts.length; cell++) starts[cell + 1] = starts[cell] + counts[cell];
  if (starts[counts.length] !== rows.rows || counts.length === 0 || centroids.size !== dimension) {
    const got = `${counts.length} cells of ${starts[counts.length]} rows x ${centroids.size}`;
    throw callerError('index-cells', `${file}: got ${got}, expected cells of ${rows.rows} x ${dimension}`);
  }
  const kernels = sharedKernels();
  const parts = {
    dimension,
    centroids: kernels.from(centroids.values),
    starts: kernels.from(starts),
    vectors: kernels.from(vectors),
    ids: numbersOf(rows, 'id', Uint32Array).slice(), // else the whole file stays in memory
  };
  return openIvf(kernels, parts, probesOf(manifest.meta.probes, dir));
}

function probesOf(saved: JsonValue | undefined, dir: string): Probes {
  const probes = Array.isArray(saved) ? saved : [];
  if (probes.length > 0 && probes.every(isProbe)) return probes;
  const expected = 'a list of { k, cells } by rising k';
  throw callerError('index-probes', `${dir}: probes: got ${JSON.stringify(saved)}, expected ${expected}`);
}

const isProbe = (each: JsonValue): each is { readonly k: number; readonly cells: number } =>
  typeof each === 'object' &&
  each !== null &&
  'k' in each &&
  'cells' in each &&
  [each.k, each.cells].every(isCount);

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;
