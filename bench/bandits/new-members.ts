import type { StageRow } from '../../src/domain/measurement.ts';
import { measureNewMembers } from '../../src/experiments/new-member-stage.ts';
import type { SuiteOptions } from '../contract.ts';

/** New members under a row bandit, popularity and pure exploitation, in a world that answers. */
export const measureNewMemberRows = ({ seed, small, progress }: SuiteOptions): Promise<StageRow[]> =>
  measureNewMembers({ seed, small, progress });
