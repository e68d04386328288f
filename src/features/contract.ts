import type { EpochMs } from '../domain/clock.ts';
import type { FeatureMatrix } from '../domain/request.ts';

export type FeatureScope = 'member' | 'title';

/** Nothing with eventTime > asOf may leak into what is read. A value never written reads as NaN. */
export interface FeatureStore {
  read(
    scope: FeatureScope,
    ids: readonly string[],
    names: readonly string[],
    asOf: EpochMs,
  ): Promise<FeatureMatrix>;
  write(scope: FeatureScope, id: string, name: string, value: number, eventTime: EpochMs): Promise<void>;
}
