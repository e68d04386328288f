import type { VersionState } from '../../monitoring/status.ts';
import type { KeeperState } from './keeper.ts';
import type { ShadowState } from './shadow.ts';

/** What operators see of versions, without what only a trial's judge reads. */
export const versionState = (
  { serving, trial, refused }: KeeperState,
  shadow: ShadowState | undefined,
): VersionState => ({
  ...{ serving, refused },
  ...(trial === undefined
    ? {}
    : {
        trial: {
          ...{ version: trial.version, share: trial.share },
          ...(trial.verdict === undefined
            ? {}
            : { verdict: `${trial.verdict.action}: ${trial.verdict.reason}` }),
        },
      }),
  ...(shadow === undefined ? {} : { shadow: { version: shadow.version, compared: shadow.compared } }),
});
