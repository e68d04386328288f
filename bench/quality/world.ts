import type { StageRow } from '../../src/domain/measurement.ts';
import { measureCalibration } from '../../src/experiments/calibration-stage.ts';
import { measureColdStart } from '../../src/experiments/cold-start-stage.ts';
import { heldOutPages } from '../../src/experiments/held-out-pages.ts';
import { measureLambdaMart } from '../../src/experiments/lambda-mart-stage.ts';
import { measurePages } from '../../src/experiments/page-stage.ts';
import { measureObjectives } from '../../src/experiments/pareto-stage.ts';
import { measurePositionBias } from '../../src/experiments/position-bias-stage.ts';
import { measureRanking } from '../../src/experiments/ranking-stage.ts';
import { measureReranking } from '../../src/experiments/reranking-stage.ts';
import { measureRetrieval, testQueries } from '../../src/experiments/retrieval-stage.ts';
import { measureSources } from '../../src/experiments/sources-stage.ts';
import { openSubject } from '../../src/experiments/subject.ts';
import { useBackend } from '../../src/tensor/backend.ts';
import { trainSources } from '../../src/training/sources.ts';
import { trainRanking, trainRetrieval } from '../../src/training/train.ts';
import type { SuiteOptions, SuiteOutcome } from '../contract.ts';

/** Everything that is known better in a world than on any public data: each estimate beside the truth. */
export const measureWorld = async (options: SuiteOptions): Promise<SuiteOutcome> => {
  const { threads, progress } = options;
  const backend = await useBackend({ threads });
  const subject = await openSubject(options);
  const training = { ...subject, progress };
  const retrieval = await trainRetrieval(training);
  const sources = await trainSources(training, retrieval);
  const ranking = await trainRanking(training, retrieval);
  const queries = testQueries(subject, retrieval);
  const pages = heldOutPages(subject, retrieval);
  const rows: StageRow[] = [
    ...(await measureRetrieval(subject, retrieval, queries)),
    ...(await measureSources(subject, { retrieval, sources, ranking }, queries)),
    ...(await measureColdStart(subject, retrieval, ranking, queries, progress)),
    ...(await measureRanking(subject, retrieval, ranking, queries)),
    ...(await measureLambdaMart(subject, retrieval, ranking, queries, progress)),
    ...(await measurePositionBias(subject, retrieval, queries, progress, pages)),
    ...measureCalibration(subject, retrieval, ranking, pages),
    ...(await measureObjectives(subject, retrieval, ranking, queries)),
    ...(await measureReranking(subject, retrieval, ranking, queries)),
    ...(await measurePages(subject, retrieval, ranking, queries)),
  ];
  return { backend: backend.name, rows };
};
