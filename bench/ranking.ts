import { measureOwnRanker } from '../src/experiments/own-parts.ts';
import { measureRanking } from '../src/experiments/ranking-stage.ts';
import { testQueries } from '../src/experiments/retrieval-stage.ts';
import { openSubject } from '../src/experiments/subject.ts';
import { useBackend } from '../src/tensor/backend.ts';
import { trainRanking, trainRetrieval } from '../src/training/train.ts';
import type { Suite } from './contract.ts';

const ranking: Suite = async (options) => {
  const backend = await useBackend({ threads: options.threads });
  const subject = await openSubject(options);
  const training = { ...subject, progress: options.progress };
  const retrieval = await trainRetrieval(training);
  const trained = await trainRanking(training, retrieval);
  const queries = testQueries(subject, retrieval);
  return {
    backend: backend.name,
    rows: [
      ...(await measureRanking(subject, retrieval, trained, queries)),
      ...(await measureOwnRanker(options.own ?? {}, subject, retrieval, queries)),
    ],
  };
};

export default ranking;
