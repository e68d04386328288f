/**
 * Switches that break a stage and mend it, without a token: they are there only where whoever serves has allowed it, which
 * is on an address that this machine alone reaches, and only by such a name, so that no foreign page gets to them by
 * giving its own name this address.
 */
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { isLoopback } from '../http/admin-token.ts';
import { errorSchema } from '../http/error-answer.ts';
import { refusal } from '../http/refusal.ts';
import type { Server } from '../http/typed-fastify.ts';
import { type FaultSwitches, MOST_DELAY_MS, SWITCHED_STAGES } from '../stage-faults.ts';

const kinds = ['none', 'slow', 'fail'] as const;

export const faultsSchema = Type.Object({
  stages: Type.Array(
    Type.Object({
      stage: Type.Enum([...SWITCHED_STAGES], { type: 'string' }),
      kind: Type.Enum([...kinds], { type: 'string' }),
      delayMs: Type.Optional(Type.Integer({ description: 'slow: by how much, in ms' })),
    }),
  ),
});

const switchSchema = Type.Object(
  {
    kind: Type.Enum([...kinds], { description: `one of ${kinds.join(', ')}` }),
    delayMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MOST_DELAY_MS,
        default: 300,
        description: `slow: a whole number of ms from 1 to ${MOST_DELAY_MS}`,
      }),
    ),
  },
  { additionalProperties: false },
);

export const registerFaultRoutes = (app: Server, switches: FaultSwitches): void => {
  const tags = ['operations'];
  const response = { 200: faultsSchema, '4xx': errorSchema, '5xx': errorSchema };
  const querystring = Type.Object({}, { additionalProperties: false });
  const onRequest = async ({ hostname }: FastifyRequest): Promise<void> => {
    if (isLoopback(hostname)) return;
    const expected = 'a name of this machine, such as 127.0.0.1 or localhost';
    throw refusal({ field: 'host', got: hostname, expected, code: 'host-foreign', status: 403 });
  };
  const state = () => ({
    stages: SWITCHED_STAGES.map((stage) => ({ stage, ...(switches.of(stage) ?? { kind: 'none' as const }) })),
  });
  app.get(
    '/v1/faults',
    {
      onRequest,
      schema: { tags, summary: 'Which stages are switched to be slow or to fail.', querystring, response },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return state();
    },
  );
  app.put(
    '/v1/faults/:stage',
    {
      onRequest,
      schema: {
        tags,
        summary: 'Makes a stage slow, makes it fail, or mends it.',
        params: Type.Object({
          stage: Type.Enum([...SWITCHED_STAGES], { description: `one of ${SWITCHED_STAGES.join(', ')}` }),
        }),
        querystring,
        body: switchSchema,
        response,
      },
    },
    async ({ params, body: { kind, delayMs = 300 } }) => {
      switches.set(
        params.stage,
        kind === 'none' ? undefined : kind === 'slow' ? { kind, delayMs } : { kind },
      );
      return state();
    },
  );
};
