import type { StageRow } from '../domain/measurement.ts';
import type { Progress } from '../domain/progress.ts';
import type { TrainedRanking, TrainedRetrieval } from '../training/train.ts';
import { measureColdItems } from './cold-items.ts';
import { measureColdMembers } from './cold-members.ts';
import type { MemberQueries } from './held-out.ts';
import type { Subject } from './subject.ts';

/** What is found of titles with 0 to 10 plays, and what members with 0 to 10 plays are shown. Trains towers without content. */
export const measureColdStart = async (
  subject: Subject,
  retrieval: TrainedRetrieval,
  ranking: Pick<TrainedRanking, 'ranker' | 'known'>,
  queries: readonly MemberQueries[],
  progress: Progress,
): Promise<StageRow[]> => [
  ...(await measureColdItems(subject, retrieval, progress)),
  ...(await measureColdMembers(subject, retrieval, ranking, queries)),
];
