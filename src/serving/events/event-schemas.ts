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
    at: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'when it happened, whole milliseconds since 1970-01-01T00:00Z; else when it is received',
      }),
    ),
    device: Type.Optional(deviceSchema(vocabulary)),
    requestId: Type.Optional(idSchema('the requestId of the page that it happened on')),
  };
  const title = idSchema('the id of a title');
  const about = { ...common, title };
  const artwork = Type.Optional(idSchema('the id of the artwork that was shown'));
  const watchedFraction = Type.Number({ minimum: 0, maximum: 1, description: 'a number from 0 to 1' });
  const viewingId = idSchema('an id that all events of one viewing have, on whichever device');
  const viewed = { ...about, viewingId, watchedFraction };
  return {
    /** A viewing that is over, or, with a `viewingId`, one that goes on. */
    play: Type.Object({
      type: Type.Literal('play'),
      ...about,
      watchedFraction,
      viewingId: Type.Optional(viewingId),
    }),
    pause: Type.Object({ type: Type.Literal('pause'), ...viewed }),
    stop: Type.Object({ type: Type.Literal('stop'), ...viewed }),
    /** The title's end was reached: its watched fraction is 1. */
    finish: Type.Object({ type: Type.Literal('finish'), ...about, viewingId }),
    impression: Type.Object({
      type: Type.Literal('impression'),
      ...about,
      artwork,
      row: position('0-based row of the page'),
      position: position('0-based place in the row'),
    }),
    click: Type.Object({ type: Type.Literal('click'), ...about, artwork }),
    thumbs: Type.Object({
      type: Type.Literal('thumbs'),
      ...about,
      value: Type.Enum(['up', 'down'], { description: 'one of up, down' }),
    }),
    search: Type.Object({
      type: Type.Literal('search'),
      ...common,
      query: Type.String({ minLength: 1, maxLength: 200, description: 'a text of 1 to 200 characters' }),
      /** The result that was opened, if one was. */
      title: Type.Optional(title),
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
  const { play, pause, stop, finish, impression, click, thumbs, search } = schemas;
  const event = Type.Union([play, pause, stop, finish, impression, click, thumbs, search]);
  return Type.Union([event, Type.Array(event, { minItems: 1, maxItems: MAX_BATCH })]);
};
