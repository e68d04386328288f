/** Which published version answers whom. The app asks for each request anew, so versions may change under it. */
import type { MemberEvent } from './events/event-schemas.ts';
import type { HomePipeline } from './pipelines/home.ts';

/** An experiment that is in force, and the member's arm of it. */
export interface Arm {
  readonly experiment: string;
  readonly arm: string;
}

export interface VersionRouter {
  /** Name of the version that answers everybody who is given no other. */
  readonly current: string;
  /** The pipeline of the member's version. It answers whatever it was asked before another took its place. */
  of(memberId: string): HomePipeline;
  /** Of the experiments that the member is part of. */
  arms(memberId: string): readonly Arm[];
  /** Hears of each event that counts. */
  heard(event: MemberEvent): void;
}
