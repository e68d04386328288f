/** The world that the laboratory experiments on: a page-by-page history, and the coarse model that it gives. */
import { type Progress, silentProgress } from '../../domain/progress.ts';
import { createRng, type Rng } from '../../domain/rng.ts';
import { worldConfig } from '../../simulator/config.ts';
import { type SimulatedLogs, simulateLogs } from '../../simulator/history.ts';
import { type MemberDayModel, modelOfMemberDays } from '../../simulator/member-days.ts';
import { createWorld, type World } from '../../simulator/world.ts';

/** Days before an experiment and of it: four weeks each, so that weekdays weigh alike. */
export const PAST_DAYS = 28;
export const TEST_DAYS = 28;

export interface Lab {
  readonly world: World;
  readonly logs: SimulatedLogs;
  readonly model: MemberDayModel;
  readonly rng: Rng;
  readonly small: boolean;
}

/** Every member is there from the first day, so that the past of each is known. */
export const openLab = (seed: number, small: boolean, progress: Progress = silentProgress): Lab => {
  const world = createWorld(
    worldConfig({
      seed,
      titles: small ? 4_000 : 10_000,
      members: small ? 2_500 : 6_000,
      days: PAST_DAYS + TEST_DAYS,
      newMemberShare: 0,
    }),
  );
  const step = progress.step('simulate the world page by page', world.config.days);
  const logs = simulateLogs(world, (day) => step.advance(day));
  step.end();
  return { world, logs, model: modelOfMemberDays(world, logs), rng: createRng(seed).fork('lab'), small };
};
