/** The measurements of one model on a published split, each with its definition, protocol, n and interval. */
import type { PublishedSplit } from '../../datasets/published.ts';
import { byItem, itemsOf } from '../domain/interactions.ts';
import type { Measurement, StageRow } from '../domain/measurement.ts';
import type { Rng } from '../domain/rng.ts';
import { bootstrapMeanInterval } from '../evaluation/bootstrap.ts';
import type { SplitKind } from '../evaluation/contract.ts';
import { coverage, giniOfExposure, intraListDiversity, novelty } from '../evaluation/list-metrics.ts';
import { TAKER_VECTOR_SIZE, takerVectors } from '../evaluation/taker-vectors.ts';
import { topListOf } from '../evaluation/top-lists.ts';
import { USER_METRICS, type UserMetricName } from '../evaluation/user-metrics.ts';
import { mean } from '../math/statistics.ts';
import type { RankedModel } from './ranked-model.ts';

/** Where one item is held out, recall is the hit rate and average precision is MRR. */
const ONE_ITEM_METRICS: readonly UserMetricName[] = ['hit-rate', 'ndcg', 'mrr'];
const METRICS: Readonly<Record<SplitKind, readonly UserMetricName[]>> = {
  'full-ranking': ['recall', 'capped-recall', 'ndcg', 'hit-rate', 'map', 'mrr'],
  'given-negatives': ONE_ITEM_METRICS,
  'last-item': ONE_ITEM_METRICS,
};

/** A split's name as measurements carry it: lower-case words and hyphens. */
export const splitWord = ({ name }: Pick<PublishedSplit, 'name'>): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'split';

const counted = (n: number): string => n.toLocaleString('en');

/** How the figures of a split come about, as a sentence. */
export const protocolOf = ({ kind, heldOut, train, test, negatives }: PublishedSplit): string => {
  const tested = Array.from({ length: test.userCount }, (_, user) => user).filter(
    (user) => itemsOf(test, user).length > 0,
  );
  const ranked =
    negatives === undefined
      ? `full ranking of ${counted(train.itemCount)} items, those that the user trained on left out, ties in order of id`
      : `the user's test items among the negatives that the split gives, ${counted(negatives.items.length)} in all, those of the same score ahead`;
  const held =
    kind === 'last-item'
      ? 'the last item of each sequence of three or more held out'
      : (heldOut ?? 'test part as published');
  const known = tested.reduce((sum, user) => {
    const own = new Set(itemsOf(train, user));
    return sum + itemsOf(test, user).filter((item) => own.has(item)).length;
  }, 0);
  const hidden =
    negatives === undefined && known > 0
      ? `; ${counted(known)} test pairs stand in training too and so cannot be found`
      : '';
  return `${ranked}; ${held}: ${counted(test.items.length)} pairs, ${counted(train.items.length)} to learn from; mean over the ${counted(tested.length)} of ${counted(test.userCount)} users that have test items${hidden}`;
};

/** The rows of one model. `floor` holds what stands beside it as baselines. */
export const modelRows = (
  split: PublishedSplit,
  { model, evaluation, fitSeconds }: RankedModel,
  { floor, rng }: { readonly floor: readonly RankedModel[]; readonly rng: Rng },
): StageRow[] => {
  const { lists, perUser } = evaluation;
  const prefix = `${splitWord(split)}.${model}`;
  const protocol = protocolOf(split);
  const ofUsers = METRICS[split.kind].map((metric): Measurement => {
    const own = rng.fork(`bootstrap:${model}:${metric}`);
    const baselines = floor.map((other) => ({
      name: other.model,
      value: mean(other.evaluation.perUser[metric]),
    }));
    return {
      name: `${prefix}.${metric}@${lists.k}`,
      value: mean(perUser[metric]),
      unit: 'share',
      n: lists.users.length,
      ci: bootstrapMeanInterval(perUser[metric], { uniform: () => own.next() }),
      ...(baselines.length === 0 ? {} : { baselines }),
      definition: `${USER_METRICS[metric].definition(lists.k)}; mean over users, 95 % bootstrap interval over them`,
      protocol,
    };
  });
  const ofLists = split.kind === 'given-negatives' ? [] : listFigures(split, evaluation.lists, rng);
  const time = {
    name: `${prefix}.fit`,
    value: fitSeconds,
    unit: 's',
    n: 1,
    definition: 'seconds from the training part in memory to the fitted model',
  };
  return [
    ...ofUsers,
    ...ofLists.map(
      ({ metric, ...figure }): Measurement => ({
        name: `${prefix}.${metric}@${lists.k}`,
        ...figure,
        n: lists.users.length,
        protocol,
      }),
    ),
    time,
  ].map((measurement) => ({ stage: model, measurement }));
};

/** What the lists of all users are together. */
const listFigures = ({ train }: PublishedSplit, lists: RankedModel['evaluation']['lists'], rng: Rng) => {
  const { k } = lists;
  const filled = Array.from(lists.users, (_, i) => topListOf(lists, i)).filter((list) => list.length > 0);
  if (filled.length === 0) return [];
  const { offsets } = byItem(train);
  const takers = Uint32Array.from({ length: train.itemCount }, (_, i) => offsets[i + 1] - offsets[i]);
  const signs = rng.fork('taker-vectors'); // the same for every model
  const vectors = takerVectors(train, () => signs.next());
  const diversities = filled
    .map((list) => intraListDiversity(list, vectors, TAKER_VECTOR_SIZE))
    .filter((diversity) => !Number.isNaN(diversity)); // of a single item
  const diversity = {
    metric: 'intra-list-diversity',
    value: diversities.reduce((sum, each) => sum + each, 0) / diversities.length,
    unit: 'share',
    definition: `1 less the cosine of two items' training users (as vectors of ${TAKER_VECTOR_SIZE} random sign sums), mean over the pairs among the first ${k}, then over users`,
  };
  return [
    ...(diversities.length === 0 ? [] : [diversity]),
    {
      metric: 'coverage',
      value: coverage(filled, train.itemCount),
      unit: 'share',
      definition: `share of all items that stand in some user's first ${k}`,
    },
    {
      metric: 'gini',
      value: giniOfExposure(filled, train.itemCount),
      unit: 'share',
      definition: `Gini index of how often each item stands in a user's first ${k}: 0 all as often, 1 one item alone`,
    },
    {
      metric: 'novelty',
      value: mean(filled.map((list) => novelty(list, takers, train.userCount))),
      unit: 'bits',
      definition: `-log2 of the share of users who trained on an item, mean over the first ${k}, then over users`,
    },
  ];
};
