import type { StageRow } from '../src/domain/measurement.ts';
import { measureArtworkSystem } from './bandits/artwork.ts';
import { measureDrift } from './bandits/drift.ts';
import { measureNewMemberRows } from './bandits/new-members.ts';
import { measureOffPolicy } from './bandits/off-policy.ts';
import { measurePolicies } from './bandits/policies.ts';
import { measureRealLogs } from './bandits/real-logs.ts';
import { measureSpeed } from './bandits/speed.ts';
import type { Suite, SuiteOptions } from './contract.ts';

/** What the suite measures, in this order; each with streams of its own. */
const PARTS: readonly ((options: SuiteOptions) => Promise<StageRow[]>)[] = [
  measurePolicies,
  measureDrift,
  measureSpeed,
  measureArtworkSystem,
  measureNewMemberRows,
  measureOffPolicy,
  measureRealLogs,
];

/** Policies that learn while they choose, and the estimators that judge them afterwards. */
const bandits: Suite = async (options) => {
  const rows: StageRow[] = [];
  for (const measure of PARTS) rows.push(...(await measure(options)));
  return { backend: 'none', rows };
};

export default bandits;
