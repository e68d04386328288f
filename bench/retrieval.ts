import { measureRetrieval, testQueries } from '../src/experiments/retrieval-stage.ts';
import { openSubject } from '../src/experiments/subject.ts';
import { useBackend } from '../src/tensor/backend.ts';
import { trainRetrieval } from '../src/training/train.ts';
import type { Suite } from './contract.ts';

const retrieval: Suite = async (options) => {
  const backend = await useBackend();
  const subject = await openSubject(options);
  const trained = await trainRetrieval({ ...subject, progress: options.progress });
  return { backend: backend.name, rows: await measureRetrieval(subject, trained, testQueries(subject)) };
};

export default retrieval;
