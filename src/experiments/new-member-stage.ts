import { logsOf } from '../../datasets/simulate.ts';
import { DAY_MS } from '../domain/clock.ts';
import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import type { Progress } from '../domain/progress.ts';
import { createRng } from '../domain/rng.ts';
import { bootstrapMeanInterval, pairedBootstrapInterval } from '../evaluation/bootstrap.ts';
import { ratioOfMeansInterval } from '../evaluation/ratio-interval.ts';
import { mean } from '../math/statistics.ts';
import type { RowBanditSettings } from '../ranking/page/row-bandit.ts';
import { worldConfig } from '../simulator/config.ts';
import { createWorld } from '../simulator/world.ts';
import { replay } from '../training/replay.ts';
import { learnRowPriors } from '../training/row-priors.ts';
import { examinationLookUp, learnExamination } from '../training/train.ts';
import { newMemberPages } from './new-member-pages.ts';
import { followNewMembers, type NewMemberOutcome } from './new-members.ts';

const STAGE = 'new members';
const DAYS = 30;

/** Outcomes of the same members under each way to build pages; members who never came are left out. */
export interface NewMemberArms {
  readonly popularity: readonly NewMemberOutcome[];
  readonly exploitation: readonly NewMemberOutcome[];
  readonly bandit: readonly NewMemberOutcome[];
}

/** A world whose earlier members are logged, and as many new ones followed for 30 days under each way to build pages. */
export const runNewMembers = (options: {
  readonly seed: number;
  readonly logged: number;
  readonly arriving: number;
  readonly settings?: RowBanditSettings;
}): NewMemberArms => {
  const { seed, logged, arriving, settings } = options;
  const config = worldConfig({ seed, titles: 2_000, members: logged, days: 30, visitsPerDay: 0.3 });
  const dataset = logsOf(createWorld(config));
  const world = createWorld({ ...config, members: logged + arriving }); // the same titles, and more members
  const firstDay = config.startDay + config.days;
  const until = firstDay * DAY_MS;
  const examination = examinationLookUp(learnExamination(dataset, until));
  const known = replay(dataset, until, examination);
  const priors = learnRowPriors(
    dataset.members.ids.map((_, member) => known.profileOf(member)),
    dataset.vocabulary,
  );
  const rng = createRng(seed).fork('new-members');
  const pages = newMemberPages({
    world,
    counts: known.counts,
    priors,
    examination,
    rng,
    ...(settings === undefined ? {} : { settings }),
  });
  const members = Array.from({ length: arriving }, (_, i) => logged + i);
  const follow = (pageOf: (typeof pages)['bandit']) =>
    followNewMembers({ world, members, firstDay, days: DAYS, examination, rng }, pageOf).filter(
      (outcome) => outcome !== undefined, // whether a member ever comes is the same under all pages
    );
  return {
    popularity: follow(pages.popularity),
    exploitation: follow(pages.exploitation),
    bandit: follow(pages.bandit),
  };
};

/** Time to the first engaged watch, retention and variety of new members, beside popularity and pure exploitation. */
export const measureNewMembers = async (options: {
  readonly seed: number;
  readonly small: boolean;
  readonly progress: Progress;
}): Promise<StageRow[]> => {
  const { seed, small, progress } = options;
  const step = progress.step('follow new members', 1);
  const arms = runNewMembers({ seed, logged: small ? 1_000 : 3_000, arriving: small ? 400 : 3_000 });
  step.end(`${arms.bandit.length.toLocaleString('en')} members under each way to build pages`);
  return rowsOf(arms, { seed, small }).map((measurement) => ({ stage: STAGE, measurement }));
};

const rowsOf = (
  { popularity, exploitation, bandit }: NewMemberArms,
  { seed, small }: { readonly seed: number; readonly small: boolean },
): Measurement[] => {
  /** A small world has too few members to tell the ways apart. */
  const held: typeof heldTo = (measurement, ...budget) =>
    small ? measurement : heldTo(measurement, ...budget);
  const draws = createRng(seed).fork('new-member-resamples');
  const uniform = (): number => draws.next();
  const protocol = `${bandit.length} new members of a simulated world, followed for ${DAYS} days in a closed loop under each way to build pages, with common random numbers; priors and title rates from the logs of earlier members`;
  const column = (
    arm: readonly NewMemberOutcome[],
    of: (outcome: NewMemberOutcome) => number,
  ): Float64Array => Float64Array.from(arm, of);
  const beside = (
    name: string,
    unit: string,
    definition: string,
    of: (outcome: NewMemberOutcome) => number,
  ): Measurement => {
    const values = column(bandit, of);
    return {
      name,
      value: mean(values),
      unit,
      n: values.length,
      ci: bootstrapMeanInterval(values, { uniform }),
      baselines: [
        { name: 'popularity', value: mean(column(popularity, of)) },
        { name: 'exploitation', value: mean(column(exploitation, of)) },
      ],
      definition,
      protocol,
    };
  };
  const waits = (arm: readonly NewMemberOutcome[]) => column(arm, (outcome) => outcome.engagedAfterDays);
  const stays = (arm: readonly NewMemberOutcome[]) => column(arm, (outcome) => (outcome.stayed ? 1 : 0));
  const ratio = ratioOfMeansInterval(waits(bandit), waits(popularity), { uniform });
  const retention = pairedBootstrapInterval(stays(bandit), stays(popularity), { uniform });
  return [
    held(
      {
        name: 'cold-start.engaged-watch-ratio',
        value: mean(waits(bandit)) / mean(waits(popularity)),
        unit: 'ratio',
        n: bandit.length,
        ci: ratio,
        baselines: [
          { name: 'popularity', value: 1 },
          { name: 'exploitation', value: mean(waits(exploitation)) / mean(waits(popularity)) },
        ],
        definition: `mean days from a member’s first page to the first watch of at least 70 % (${DAYS} where there is none), of the row bandit divided by popularity’s`,
        protocol,
      },
      1,
      'at-most',
      ratio[1] < 1,
    ),
    beside(
      'cold-start.engaged-watch-days',
      'days',
      `days from the first page to the first watch of at least 70 %, ${DAYS} where there is none`,
      (outcome) => outcome.engagedAfterDays,
    ),
    beside(
      'cold-start.engaged-at-once',
      'share',
      'members whose first page brings a watch of at least 70 %',
      (outcome) => (outcome.engagedAtOnce ? 1 : 0),
    ),
    held(
      {
        name: 'cold-start.retention-30d-gain',
        value: mean(stays(bandit)) - mean(stays(popularity)),
        unit: 'share',
        n: bandit.length,
        ci: retention,
        baselines: [
          { name: 'popularity', value: 0 },
          { name: 'exploitation', value: mean(stays(exploitation)) - mean(stays(popularity)) },
        ],
        definition: `members who have not left after ${DAYS} days, of the row bandit less popularity’s, paired by member`,
        protocol,
      },
      0,
      'at-least',
    ),
    beside('cold-start.retention-30d', 'share', `members who have not left after ${DAYS} days`, (outcome) =>
      outcome.stayed ? 1 : 0,
    ),
    beside('cold-start.sessions', 'pages', `pages viewed in ${DAYS} days`, (outcome) => outcome.sessions),
    beside(
      'cold-start.first-week-genres',
      'genres',
      'genres of the titles that a member played in the first week',
      (outcome) => outcome.firstWeekGenres,
    ),
  ];
};
