/** What is watched of one version: how what it serves looks beside its snapshot, and whether its predictions come true. */
import type { Clock } from '../../domain/clock.ts';
import { FINISHED_FRACTION } from '../../domain/tables.ts';
import { type Calibration, calibrationOf, createCalibrationWatch } from '../../monitoring/calibration.ts';
import { createDriftWindow, type Drift, driftOf, type Snapshot } from '../../monitoring/drift.ts';
import { type ExaminationEstimate, examinationOf } from '../../ranking/examination.ts';
import type { MemberEvent } from '../events/event-schemas.ts';
import type { DressedRow } from '../pipelines/journey.ts';
import type { Evidence } from '../pipelines/scorer.ts';
import { type EvidenceNames, evidenceValues } from './evidence.ts';

export interface WatchedVersion {
  readonly name: string;
  /** None in a version that was published before there were any. */
  readonly snapshots: readonly Snapshot[];
  readonly examination: ExaminationEstimate;
  /** Nothing at or after this moment was learned from. */
  readonly learnedUntil: number;
}

export interface VersionFindings {
  readonly drift: readonly Drift[];
  readonly calibration: readonly Calibration[];
}

export interface VersionWatch {
  served(evidence: Evidence, rows: readonly DressedRow[]): void;
  heard(event: MemberEvent): void;
  /** What `findings` reads; those of several processes add up. */
  sums(): Float64Array;
  findings(sums: Float64Array): VersionFindings;
}

export const createVersionWatch = (
  version: WatchedVersion,
  titleIds: readonly string[],
  { clock, drawn }: { readonly clock: Clock; readonly drawn: (requestId: string) => number },
): VersionWatch => {
  const { snapshots, examination } = version;
  const names: EvidenceNames = snapshots.map(({ name }) => name);
  const window = createDriftWindow(snapshots, { clock });
  const calibration = createCalibrationWatch({ clock, titleIds, finishedFraction: FINISHED_FRACTION });
  return {
    served(evidence, rows) {
      const { requestId, titles, device, heads } = evidence;
      if (titles.length === 0) return;
      window.add(evidenceValues(evidence, Math.floor(drawn(requestId) * titles.length), names));
      const { click, finish } = heads;
      if (click === undefined || finish === undefined) return; // of a ranker that predicts something else
      const at = new Map(Array.from(titles, (title, i) => [title, i]));
      const predictions = rows.flatMap((row, r) =>
        Array.from(row.titles, (title, position) => ({ title, position })).flatMap(({ title, position }) => {
          const i = at.get(title);
          if (i === undefined) return [];
          const take = click[i] * examinationOf(examination, device, r, position);
          return [{ title, take, finish: finish[i] }];
        }),
      );
      calibration.served(requestId, predictions);
    },
    heard: (event) => calibration.heard(event),
    sums: () => Float64Array.from([...calibration.sums(), ...window.counts()]),
    findings(sums) {
      const split = calibration.sums().length;
      return {
        calibration: calibrationOf(sums.subarray(0, split)),
        drift: driftOf(snapshots, sums.subarray(split)),
      };
    },
  };
};
