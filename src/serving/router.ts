/** Which published version answers whom. The app asks for each request anew, so versions may change under it. */
import type { MemberEvent } from './events/event-schemas.ts';
import type { HomePipeline } from './pipelines/home.ts';

export interface VersionRouter {
  /** Name of the version that answers everybody who is given no other. */
  readonly current: string;
  /** The pipeline of the member's version. It answers whatever it was asked before another took its place. */
  of(memberId: string): HomePipeline;
  /** Hears of each event that counts. */
  heard(event: MemberEvent): void;
}
