import { createRng } from '../src/domain/rng.ts';
import { measureOwnSource } from '../src/experiments/own-parts.ts';
import { measureRetrieval, testQueries } from '../src/experiments/retrieval-stage.ts';
import { openSubject } from '../src/experiments/subject.ts';
import { useBackend } from '../src/tensor/backend.ts';
import { trainRetrieval } from '../src/training/train.ts';
import type { Suite } from './contract.ts';
import { type IndexCase, measureIndexes } from './index-rows.ts';

/** Native figures on such a machine: FAISS flat 0.78 ms; IVF256,SQ8 0.45 ms; IVF1024,SQ8 0.66 and 1.35 ms. */
const TEN_THOUSAND: IndexCase = {
  size: 10_000,
  label: 'exact',
  samples: 2_000,
  queries: 1_000,
  judged: 200,
  peers: true,
  budgets: {
    'k500.p50': [0.4, 'at-most'],
    'k500.p99': [1, 'at-most'],
    'k500.speedup-vs-usearch': [3, 'at-least'],
  },
};

const HUNDRED_THOUSAND: IndexCase = {
  size: 100_000,
  label: 'best',
  samples: 2_000,
  queries: 1_000,
  judged: 500,
  peers: true,
  budgets: {
    'k500.p50': [0.45, 'at-most'],
    'k500.p99': [1, 'at-most'],
    'k500.recall': [0.99, 'at-least'],
    'k100.recall': [0.99, 'at-least'],
  },
};

const MILLION: IndexCase = {
  size: 1_000_000,
  label: 'best',
  samples: 2_000,
  queries: 1_000,
  judged: 200,
  peers: true,
  budgets: {
    'build.seconds': [60, 'at-most'],
    'k500.p50': [0.66, 'at-most'],
    'k500.p99': [2, 'at-most'],
    'k500.recall': [0.99, 'at-least'],
    'k100.recall': [0.99, 'at-least'],
    'k500.speedup-vs-usearch': [1, 'at-least'],
  },
};

/** The smallest size that is not scanned whole. */
const SMALL_CELLS: IndexCase = {
  size: 25_000,
  label: 'best',
  samples: 500,
  queries: 500,
  judged: 200,
  peers: false,
  budgets: { 'k500.recall': [0.99, 'at-least'] },
};

const retrieval: Suite = async (options) => {
  const { progress, small, seed, own = {} } = options;
  const backend = await useBackend({ threads: options.threads });
  const subject = await openSubject(options);
  const trained = await trainRetrieval({ ...subject, progress });
  const queries = testQueries(subject, trained);
  const rows = [
    ...(await measureRetrieval(subject, trained, queries)),
    ...(await measureOwnSource(own, subject, trained, queries)),
  ];
  const rng = createRng(seed).fork('indexes');
  const cases = small
    ? [{ ...TEN_THOUSAND, samples: 500 }, SMALL_CELLS]
    : [TEN_THOUSAND, HUNDRED_THOUSAND, MILLION];
  for (const each of cases) rows.push(...(await measureIndexes(each, rng, progress)));
  return { backend: backend.name, rows };
};

export default retrieval;
