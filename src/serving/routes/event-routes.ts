/** What members did, reported by their devices. */
import Type from 'typebox';
import type { Clock } from '../../domain/clock.ts';
import type { Vocabulary } from '../../domain/tables.ts';
import type { Metrics } from '../../monitoring/metrics.ts';
import { checkEvents } from '../events/check-events.ts';
import { isLate } from '../events/event-log.ts';
import { eventSchemas, eventsSchema } from '../events/event-schemas.ts';
import type { EventIngest } from '../events/ingest.ts';
import { errorSchema } from '../http/error-answer.ts';
import type { Server } from '../http/typed-fastify.ts';
import type { VersionRouter } from '../router.ts';
import type { ServerWatch } from '../watching/server-watch.ts';

export const EVENTS_ROUTE = '/v1/events';

const receiptSchema = Type.Object({
  requestId: Type.String(),
  results: Type.Array(
    Type.Object({
      eventId: Type.String(),
      outcome: Type.Enum(['applied', 'duplicate', 'quarantined', 'stored'], {
        type: 'string',
        description:
          'quarantined: kept aside, since this server does not know the title; stored: to be applied once the store is back',
      }),
    }),
  ),
});

export interface EventRouteParts {
  readonly ingest: EventIngest;
  readonly router: VersionRouter;
  readonly vocabulary: Vocabulary;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly watch?: ServerWatch | undefined;
}

export const registerEventRoutes = (
  app: Server,
  { ingest, router, vocabulary, metrics, clock, watch }: EventRouteParts,
): void => {
  const schemas = eventSchemas(vocabulary);
  const check = checkEvents(schemas, clock);
  app.post(
    EVENTS_ROUTE,
    {
      schema: {
        tags: ['events'],
        summary: 'One event or a list. Answered when all are on disk; an event sent again counts once.',
        body: eventsSchema(schemas),
        querystring: Type.Object({}, { additionalProperties: false }),
        response: { 200: receiptSchema, '4xx': errorSchema, '5xx': errorSchema },
      },
      validatorCompiler: (route) => (route.httpPart === 'body' ? check : app.validatorCompiler!(route)),
    },
    async (request) => {
      const events = Array.isArray(request.body) ? request.body : [request.body];
      const receivedAt = clock.now();
      const outcomes = await ingest.accept(events);
      const results = events.map((event, i) => {
        const { type, eventId } = event;
        metrics.eventTaken(type, outcomes[i]);
        if (outcomes[i] === 'applied' || outcomes[i] === 'stored') router.heard(event);
        const late = isLate({ event, receivedAt });
        if (late) metrics.eventLate(type);
        watch?.event({ event, outcome: outcomes[i], late });
        return { eventId, outcome: outcomes[i] };
      });
      return { requestId: request.id, results };
    },
  );
};
