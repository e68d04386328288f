/** What a client may report, as schemas that validate, type and document at once. */
import Type, { type Static } from 'typebox';
import type { Vocabulary } from '../../domain/tables.ts';

export const ID_PATTERN = '^[A-Za-z0-9_.:-]{1,64}$';

/** `description` is what an error says was expected, and what the documentation says. */
export const idSchema = (what: string) =>
  Type.String({ pattern: ID_PATTERN, description: `${what}: 1 to 64 of A-Z a-z 0-9 _ . : -` });

export const MAX_BATCH = 500;

/** Fields beyond those named are kept with the event: clients may know more than this server. */
export const eventSchemas = (vocabulary: Vocabulary) => {
  const position = (what: string) =>
    Type.Optional(
      Type.Integer({ minimum: 0, maximum: 255, description: `${what}: a whole number from 0 to 255` }),
    );
  const common = {
    eventId: idSchema('an id that no other event of the member has'),
    member: idSchema('the id of a member'),
    title: idSchema('the id of a title'),
    at: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'when it happened, whole milliseconds since 1970-01-01T00:00Z; else when it is received',
      }),
    ),
    device: Type.Optional(deviceSchema(vocabulary)),
    requestId: Type.Optional(idSchema('the requestId of the page that it happened on')),
  };
  const artwork = Type.Optional(idSchema('the id of the artwork that was shown'));
  return {
    play: Type.Object({
      type: Type.Literal('play'),
      ...common,
      watchedFraction: Type.Number({ minimum: 0, maximum: 1, description: 'a number from 0 to 1' }),
    }),
    impression: Type.Object({
      type: Type.Literal('impression'),
      ...common,
      artwork,
      row: position('0-based row of the page'),
      position: position('0-based place in the row'),
    }),
    click: Type.Object({ type: Type.Literal('click'), ...common, artwork }),
    thumbs: Type.Object({
      type: Type.Literal('thumbs'),
      ...common,
      value: Type.Enum(['up', 'down'], { description: 'one of up, down' }),
    }),
  };
};

export const deviceSchema = ({ devices }: Vocabulary) =>
  Type.Enum([...devices], { type: 'string', description: `one of ${devices.join(', ')}` });

export type EventSchemas = ReturnType<typeof eventSchemas>;
export type EventType = keyof EventSchemas;
export type MemberEvent = { [T in EventType]: Static<EventSchemas[T]> }[EventType];

/** One event, or a batch of them. */
export const eventsSchema = (schemas: EventSchemas) => {
  const event = Type.Union([schemas.play, schemas.impression, schemas.click, schemas.thumbs]);
  return Type.Union([event, Type.Array(event, { minItems: 1, maxItems: MAX_BATCH })]);
};
