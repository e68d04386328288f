/** What the system does for members of whom it has seen 0, 1, 2, 5 or 10 plays, and what their survey is worth then. */
import type { CandidateGenerator } from '../candidate-gen/contract.ts';
import { mergeCandidates } from '../candidate-gen/merge.ts';
import { countPlays, createPopularity } from '../candidate-gen/popularity.ts';
import type { Measurement, StageRow } from '../domain/measurement.ts';
import type { CandidateList, MemberProfile, RecRequest, StageContext } from '../domain/request.ts';
import { bootstrapMeanInterval } from '../evaluation/bootstrap.ts';
import { mean } from '../math/statistics.ts';
import { createMultiTaskRanker } from '../ranking/multi-task.ts';
import { rankedOrder } from '../ranking/page/ranked-order.ts';
import { assembleFeatures } from '../serving/assemble-features.ts';
import type { World } from '../simulator/world.ts';
import { replay } from '../training/replay.ts';
import { examinationLookUp, type TrainedRanking, type TrainedRetrieval } from '../training/train.ts';
import type { MemberQueries } from './held-out.ts';
import { PAGE_CANDIDATES, twoTowerOf } from './retrieval-stage.ts';
import type { Subject } from './subject.ts';
import { worldReplies } from './world-replies.ts';

const STAGE = 'cold-start';
const K = 100;
const SHOWN = 10;
const PLAYS = [0, 1, 2, 5, 10];
/** Members whose candidates are ranked too, which takes the most time. */
const RANKED_MEMBERS = 500;

const RECALL = `share of held-out plays whose title is among the first ${K} candidates; mean over the plays of a member, then over members`;
const FINISHES = `sum over the first ${SHOWN} titles in the ranker's order of the true P(click and finish | examined); mean over members`;
const protocolOf = (n: number): string =>
  `held-out members with at least ${PLAYS[PLAYS.length - 1]} plays, their profile cut back to what it was after the first ${n} (sign-up, country, device and hour stay); what they had played by then is left out at every number of plays`;

/** Profiles of the members as they were at each of PLAYS, before anything that came next. */
const profilesAfter = (
  { dataset, until }: Subject,
  { examination }: TrainedRetrieval,
): ReadonlyMap<number, MemberProfile>[] => {
  const { impressions, plays } = dataset;
  const kept = PLAYS.map(() => new Map<number, MemberProfile>());
  const keep = (member: number, profile: MemberProfile): void => {
    const at = PLAYS.indexOf(profile.playCount);
    if (at >= 0 && !kept[at].has(member)) kept[at].set(member, profile);
  };
  replay(dataset, until, examinationLookUp(examination), {
    page: (from, _, known) => {
      if (impressions !== undefined)
        keep(impressions.member[from], known.profileOf(impressions.member[from]));
    },
    play: (row, known) => keep(plays.member[row], known.profileOf(plays.member[row])),
  });
  return kept;
};

/** Recall and true finished watches by number of plays, beside popularity, with and without the survey. */
export const measureColdMembers = async (
  subject: Subject,
  retrieval: TrainedRetrieval,
  ranking: Pick<TrainedRanking, 'ranker' | 'known'>,
  queries: readonly MemberQueries[],
): Promise<StageRow[]> => {
  const { dataset, until, rng, clock, world } = subject;
  const { titles, vocabulary } = dataset;
  const profiles = profilesAfter(subject, retrieval);
  const members = queries.filter(([{ request }]) => profiles.every((kept) => kept.has(request.member)));
  const most = PLAYS[PLAYS.length - 1];
  if (members.length === 0)
    return [{ stage: STAGE, absent: `no held-out member with at least ${most} plays before` }];

  const twoTower = twoTowerOf(subject, retrieval);
  const popularity = createPopularity({
    titles,
    counts: countPlays(dataset.plays, titles.ids.length, { before: until }),
  });
  const ranker = createMultiTaskRanker(ranking.ranker);
  const features = {
    twoTower: retrieval.twoTower,
    taste: retrieval.taste,
    counts: ranking.known.counts,
    titles,
    vocabulary,
  };
  const context: StageContext = { rng, clock, signal: new AbortController().signal };
  const recallOf = (generator: CandidateGenerator, as: ProfileOf): Promise<Float64Array> =>
    eachOf(members, async (asked) => {
      let found = 0;
      for (const { request, played } of asked) {
        const { items } = await proposed(
          generator,
          { ...request, profile: as(request) },
          request,
          K,
          context,
        );
        if (items.includes(played)) found++;
      }
      return found / asked.length;
    });
  const finishesOf = (truth: World, ranked: boolean, as: ProfileOf): Promise<Float64Array> =>
    eachOf(members.slice(0, RANKED_MEMBERS), async ([{ request: real }]) => {
      const request = { ...real, profile: as(real) };
      const source = ranked ? twoTower : popularity;
      const list = await proposed(source, request, real, ranked ? PAGE_CANDIDATES : SHOWN, context);
      const pool = mergeCandidates([{ source: source.name, list }], PAGE_CANDIDATES);
      let order: Uint32Array = Uint32Array.from(pool.items, (_, i) => i);
      if (ranked) {
        const scores = await ranker.score(request, pool, assembleFeatures(features, request, pool), context);
        order = rankedOrder(pool, scores);
      }
      const first = Array.from(order.subarray(0, SHOWN), (i) => pool.items[i]);
      return worldReplies(truth, request, first, rng).expected.reduce((sum, p) => sum + p, 0);
    });
  const measured = (name: string, values: Float64Array, rest: Omit<Measurement, 'name' | 'value' | 'n'>) => {
    const draws = rng.fork(`bootstrap:${name}`);
    const ci = bootstrapMeanInterval(values, { uniform: () => draws.next() });
    return { name, value: mean(values), n: values.length, ci, ...rest };
  };

  const real: ProfileOf = ({ profile }) => profile;
  const popularRecall = mean(await recallOf(popularity, real));
  const popularFinishes = world === undefined ? undefined : mean(await finishesOf(world, false, real));
  const rows: Measurement[] = [];
  const answered = members.map(([{ request }]) => request.profile.surveyGenres.length > 0);
  const gains: Float64Array[] = [];
  for (const [at, n] of PLAYS.entries()) {
    const cut: ProfileOf = ({ member }) => profiles[at].get(member) as MemberProfile;
    const silent: ProfileOf = (request) => ({ ...cut(request), surveyGenres: new Uint8Array(0) });
    const protocol = protocolOf(n);
    const recall = await recallOf(twoTower, cut);
    const name = `cold-member.${n}-plays`;
    rows.push(
      measured(`${name}.recall@${K}`, recall, {
        unit: 'share',
        baselines: [{ name: 'popularity', value: popularRecall }],
        definition: RECALL,
        protocol,
      }),
    );
    if (world === undefined || popularFinishes === undefined) continue;
    const finishes = await finishesOf(world, true, cut);
    rows.push(
      measured(`${name}.finishes@${SHOWN}`, finishes, {
        unit: 'finishes',
        baselines: [{ name: 'popularity', value: popularFinishes }],
        definition: FINISHES,
        protocol,
      }),
    );
    const without = await finishesOf(world, true, silent);
    const gain = finishes.map((value, i) => value - without[i]).filter((_, i) => answered[i]);
    if (gain.length === 0) continue;
    gains.push(gain);
    rows.push(
      measured(`${name}.survey-gain`, gain, {
        unit: 'finishes',
        definition: `finishes@${SHOWN} with the survey's genres less without them, by member`,
        protocol: `${protocol}; members who answered the survey`,
      }),
    );
  }
  if (gains.length > 1) {
    const last = gains[gains.length - 1];
    rows.push(
      measured(
        'cold-member.survey-gain-fall',
        gains[0].map((gain, i) => gain - last[i]),
        {
          unit: 'finishes',
          definition: `survey-gain at ${PLAYS[0]} plays less survey-gain at ${most}, by member: behaviour overrides the survey where it is above 0`,
          protocol: 'as the survey-gain of either',
        },
      ),
    );
  }
  return rows.map((measurement) => ({ stage: STAGE, measurement }));
};

/** The profile that the system is given in place of the member's own. */
type ProfileOf = (request: RecRequest) => MemberProfile;

/** The first candidates that the member has truly not played, whatever the system was told. */
const proposed = async (
  generator: CandidateGenerator,
  request: RecRequest,
  real: RecRequest,
  limit: number,
  context: StageContext,
): Promise<CandidateList> => {
  const seen = new Set(real.profile.historyTitles);
  const { items, scores } = await generator.generate(request, limit + seen.size, context);
  const kept = Array.from(items.keys())
    .filter((i) => !seen.has(items[i]))
    .slice(0, limit);
  return {
    items: Uint32Array.from(kept, (i) => items[i]),
    scores: Float32Array.from(kept, (i) => scores[i]),
  };
};

const eachOf = async (
  members: readonly MemberQueries[],
  measure: (queries: MemberQueries) => Promise<number>,
): Promise<Float64Array> => {
  const values = new Float64Array(members.length);
  for (const [m, asked] of members.entries()) values[m] = await measure(asked);
  return values;
};
