/** What operators see of versions: which serves, which is tried or shadowed and how it does, what was taken back and why. */
import Type from 'typebox';
import type { Rejection } from '../../artifacts/releases.ts';
import type { KeeperState } from '../versions/keeper.ts';
import type { ShadowState } from '../versions/shadow.ts';
import type { AdminRoutes } from './admin-routes.ts';

const guardrailSchema = Type.Object({
  name: Type.String(),
  baseline: Type.Number(),
  canary: Type.Number(),
  tolerance: Type.Number(),
  worse: Type.Boolean(),
});

const trialSchema = Type.Object({
  version: Type.String(),
  share: Type.Number({ description: 'of the members, in each of the two groups' }),
  action: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  guardrails: Type.Optional(Type.Array(guardrailSchema)),
});

const shadowSchema = Type.Object({
  version: Type.String(),
  compared: Type.Integer(),
  failed: Type.Integer(),
  passedOver: Type.Integer(),
  means: Type.Optional(
    Type.Object({
      overlapAt10: Type.Number(),
      rankCorrelation: Type.Number(),
      scoreDrift: Type.Number(),
      servedMs: Type.Number(),
      shadowMs: Type.Number(),
    }),
  ),
});

const versionsSchema = Type.Object({
  serving: Type.String(),
  trial: Type.Optional(trialSchema),
  shadow: Type.Optional(shadowSchema),
  refused: Type.Array(Type.Object({ version: Type.String(), why: Type.String() })),
  rejected: Type.Array(Type.Object({ version: Type.String(), at: Type.Number(), cause: Type.String() })),
});

export interface VersionRouteParts {
  readonly state: () => KeeperState;
  readonly shadow: () => ShadowState | undefined;
  readonly rejected: () => readonly Rejection[];
}

export const versionRoutes =
  ({ state, shadow, rejected }: VersionRouteParts): AdminRoutes =>
  (admin) => {
    admin.get(
      '/versions',
      {
        schema: {
          summary: 'The versions of the models: served, tried, shadowed, refused, taken back.',
          response: { 200: versionsSchema },
        },
      },
      async () => {
        const { serving, trial, refused } = state();
        const shadowed = shadow();
        return {
          serving,
          refused: [...refused],
          rejected: [...rejected()],
          ...(shadowed === undefined ? {} : { shadow: shadowed }),
          ...(trial === undefined
            ? {}
            : {
                trial: {
                  ...{ version: trial.version, share: trial.share },
                  ...(trial.verdict === undefined
                    ? {}
                    : {
                        ...{ action: trial.verdict.action, reason: trial.verdict.reason },
                        guardrails: [...trial.verdict.guardrails],
                      }),
                },
              }),
        };
      },
    );
  };
