import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { writeArtifact } from '../../src/artifacts/artifact.ts';
import { chooseIndex, createIndex } from '../../src/candidate-gen/indexes/choose.ts';
import { createExactIndex } from '../../src/candidate-gen/indexes/exact.ts';
import { createInt8Index } from '../../src/candidate-gen/indexes/int8.ts';
import { codeWidth, encodeRows } from '../../src/candidate-gen/indexes/int8-codes.ts';
import { createIvfIndex } from '../../src/candidate-gen/indexes/ivf.ts';
import { probesFor } from '../../src/candidate-gen/indexes/ivf-probes.ts';
import { assignRows, trainCentroids } from '../../src/candidate-gen/indexes/kmeans.ts';
import { openIndex, writeIndex } from '../../src/candidate-gen/indexes/saved.ts';
import { createRng } from '../../src/domain/rng.ts';
import { sharedKernels } from '../../src/math/kernels/kernels.ts';
import { normalSource } from '../../src/math/random.ts';
import { describeVectorIndex } from '../contracts/describe-vector-index.ts';

const createIvf = (vectors: Float32Array, dimension: number) =>
  createIvfIndex(vectors, dimension, { rng: createRng(1) });

const folder = mkdtempSync(join(tmpdir(), 'marquee-index-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let written = 0;
const throughFiles = (make: typeof createIvf): typeof createIvf => {
  return (vectors, dimension) => {
    const dir = join(folder, String(written++));
    writeIndex(dir, make(vectors, dimension));
    return openIndex(dir);
  };
};

// The codes' error leaves the ten best of 2,000 rows among the 43 kept. The cells are calibrated to 0.99 on drawn
// rows; the contract's uniform queries have no cells to fall into, and 50 of them move the mean by about 0.01.
describeVectorIndex('int8', createInt8Index, { minimumRecall: 0.999 });
describeVectorIndex('ivf', createIvf, { minimumRecall: 0.95 });

const D = 24;

/** 50 clusters on the scale of the benches: points and queries are a centre + 0.5 N(0, I). */
function clustered(seed: number, points: number, queries: number) {
  const rng = createRng(seed);
  const normal = normalSource(() => rng.next());
  const centres = Float32Array.from({ length: 50 * D }, normal);
  const draw = (count: number): Float32Array => {
    const out = new Float32Array(count * D);
    for (let i = 0; i < count; i++) {
      const centre = Math.floor(50 * rng.next()) * D;
      for (let j = 0; j < D; j++) out[i * D + j] = centres[centre + j]! + 0.5 * normal();
    }
    return out;
  };
  const vectors = draw(points);
  const asked = draw(queries);
  return { vectors, queries: Array.from({ length: queries }, (_, i) => asked.slice(i * D, (i + 1) * D)) };
}

describe('indexes over clustered vectors', () => {
  const { vectors, queries } = clustered(4, 10_000, 60);
  const exact = createExactIndex(vectors, D);
  const made = [
    createInt8Index(vectors, D),
    createIvf(vectors, D),
    throughFiles(createInt8Index)(vectors, D),
    throughFiles(createIvf)(vectors, D),
  ];

  it.each(made.map((index) => [index.name, index] as const))(
    '%s finds what the exact index finds',
    (_, index) => {
      for (const k of [1, 10, 100, 400]) {
        let found = 0;
        for (const query of queries) {
          const truth = new Set(exact.search(query, k).items);
          const { items } = index.search(query, k);
          expect(items).toHaveLength(k);
          found += items.filter((row) => truth.has(row)).length;
        }
        // 60 queries of a recall near 0.995 with misses in lumps: a standard error of about 0.005, four below
        expect(found / (k * queries.length)).toBeGreaterThan(0.97);
      }
    },
  );

  it.each(made.map((index) => [index.name, index] as const))(
    '%s gives the very scores of the exact index',
    (_, index) => {
      const all = exact.search(queries[0]!, 10_000);
      const scoreOf = new Map(Array.from(all.items, (row, i) => [row, all.scores[i]] as const));
      const { items, scores } = index.search(queries[0]!, 50);
      expect([...scores]).toEqual(Array.from(items, (row) => scoreOf.get(row)));
    },
  );

  it('gives the same answer opened as built, and the same cells from the same seed', () => {
    for (const query of queries.slice(0, 10)) {
      expect(made[2]!.search(query, 100)).toEqual(made[0]!.search(query, 100));
      expect(made[3]!.search(query, 100)).toEqual(made[1]!.search(query, 100));
    }
    expect(createIvf(vectors, D).toTables()).toEqual(made[1]!.toTables());
  });

  it('reads more cells for a query asked of other data when told so', () => {
    const rng = createRng(9);
    const stray = Float32Array.from({ length: 64 * D }, () => rng.next() - 0.5);
    const probesOf = (index: ReturnType<typeof createIvf>) =>
      index.toTables().meta?.['probes'] as { k: number; cells: number }[];
    const told = createIvfIndex(vectors, D, { rng: createRng(1), queries: stray });
    expect(probesFor(probesOf(told), 100)).toBeGreaterThan(probesFor(probesOf(made[1]!), 100));
  });

  it('gives k rows where the cells it would read hold fewer', () => {
    const { items } = made[1]!.search(queries[0]!, 9_999);
    expect(new Set(items).size).toBe(9_999);
  });
});

describe('rows of equal score', () => {
  it.each([
    ['int8', createInt8Index],
    ['ivf', createIvf],
  ] as const)('%s gives them in row order, also across cells', (_, make) => {
    // Two far clusters that a query orthogonal to their difference scores alike.
    const vectors = new Float32Array(200 * 4);
    for (let i = 0; i < 200; i++) vectors.set([1, i % 2 === 0 ? 50 : -50, 0, 0], i * 4);
    const { items } = make(vectors, 4).search(Float32Array.of(1, 0, 0, 0), 200);
    expect([...items]).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });
});

describe('int8 codes', () => {
  it('are within half a step, and tell a row that is not finite', () => {
    const rows = fc.array(fc.float({ noDefaultInfinity: true, noNaN: true, min: -1e6, max: 1e6 }), {
      minLength: 5,
      maxLength: 5,
    });
    const property = fc.property(rows, (row) => {
      const [codes, steps] = [new Int8Array(codeWidth(5)).fill(9), new Float32Array(1)];
      encodeRows(Float32Array.from(row), 5, { codes, steps });
      row.forEach((x, i) => {
        expect(Math.abs(x - steps[0]! * codes[i]!)).toBeLessThanOrEqual(0.5001 * steps[0]! + 1e-40);
      });
      expect([...codes.subarray(5)]).toEqual([0, 0, 0]);
    });
    fc.assert(property, { seed: 2 });
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      const [codes, steps] = [new Int8Array(8), new Float32Array(1)];
      encodeRows(Float32Array.of(1, bad, 2), 3, { codes, steps });
      expect(steps[0]).toBeNaN();
    }
  });
});

describe('k-means', () => {
  it('finds planted clusters, one centroid each', () => {
    const kernels = sharedKernels();
    const rng = createRng(3);
    const normal = normalSource(() => rng.next());
    // 20 centres 10 apart on a line, noise of 0.5
    const vectors = Float32Array.from({ length: 2000 * 2 }, (_, i) =>
      i % 2 === 0 ? 10 * ((i / 2) % 20) + 0.5 * normal() : 0.5 * normal(),
    );
    const options = { vectors, dimension: 2, cells: 32, iterations: 10, rng: createRng(8) };
    const centroids = trainCentroids(kernels, options);
    const rows = kernels.from(vectors);
    const [ids, best] = [kernels.alloc(2000), kernels.alloc(2000)];
    assignRows(kernels, { rows, n: 2000, d: 2, centroids, cells: 32, ids, best });
    const cellOf = ids.u32;
    for (let row = 0; row < 2000; row++) {
      expect(Math.abs(centroids.f32[2 * cellOf[row]!]! - 10 * (row % 20))).toBeLessThan(2.5);
    }
    for (const block of [best, ids, rows, centroids]) block.free();
  });

  it('takes rows that are all the same', () => {
    const index = createIvf(new Float32Array(300 * 3).fill(1), 3);
    expect([...index.search(Float32Array.of(1, 1, 1), 3).items]).toEqual([0, 1, 2]);
  });
});

describe('the choice of an index', () => {
  it.each([
    [0, 0.99, 'exact'],
    [10_000, 0.9, 'exact'],
    [100_000, 0.99, 'ivf'],
    [1_000_000, 0.95, 'ivf'],
    [100_000, 0.999, 'int8'],
    [1_000_000, 1, 'exact'],
  ])('for %i rows at a recall of %d is %s', (size, recallTarget, kind) => {
    const choice = chooseIndex(size, recallTarget);
    expect(choice.kind).toBe(kind);
    expect(choice.reason).toMatch(new RegExp(`^${kind}: .*${size.toLocaleString('en')} vectors`));
  });

  it('is made, and refuses a recall that is no share', () => {
    const made = createIndex(new Float32Array(50), 5, { rng: createRng(1) });
    expect([made.kind, made.index.name, made.index.size]).toEqual(['exact', 'exact', 10]);
    const many = createIndex(clustered(1, 21_000, 1).vectors, D, { rng: createRng(1), recallTarget: 0.9 });
    expect(many.index.name).toBe('ivf');
    for (const recall of [0, -1, 1.1, Number.NaN]) expect(() => chooseIndex(5, recall)).toThrow(RangeError);
    expect(() => chooseIndex(1.5, 1)).toThrow(RangeError);
  });
});

describe('a saved index', () => {
  it('of a kind not known here is refused', () => {
    const dir = join(folder, 'other');
    const tables = { rows: { vector: { kind: 'vectors', size: 1, values: Float32Array.of(1) } } } as const;
    writeArtifact(dir, { kind: 'vector-index', meta: { index: 'hnsw' }, tables });
    expect(() => openIndex(dir)).toThrow(/got an index 'hnsw', expected exact, int8 or ivf/);
  });

  it('whose cells do not hold its rows is refused', () => {
    const dir = join(folder, 'torn');
    const { tables } = createIvf(Float32Array.of(1, 2, 3, 4), 1).toTables();
    const cells = { ...tables['cells']!, rows: Uint32Array.of(...new Uint32Array(4).fill(9)) };
    const meta = { index: 'ivf', probes: [{ k: 1, cells: 1 }] };
    writeArtifact(dir, { kind: 'vector-index', meta, tables: { ...tables, cells } });
    expect(() => openIndex(dir)).toThrow(/cells\.arrow: got 4 cells of 36 rows x 1/);
  });
});
