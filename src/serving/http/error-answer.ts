import type { FastifyError, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { MarqueeError, messageOf } from '../../domain/errors.ts';
import { isOverloaded } from '../admission/overloaded.ts';
import { refusalDetail } from './refusal.ts';

export const errorSchema = Type.Object({
  error: Type.Object({
    code: Type.String(),
    message: Type.String({ description: 'names the field, what came and what was expected' }),
    field: Type.String({ description: 'what to mend; `server` where the caller cannot' }),
  }),
});

export interface ErrorAnswer {
  readonly status: number;
  readonly retryAfterSeconds?: number;
  readonly body: {
    readonly error: { readonly code: string; readonly message: string; readonly field: string };
  };
}

const answer = (status: number, code: string, message: string, field: string): ErrorAnswer => ({
  status,
  body: { error: { code, message, field } },
});

/** What the caller reads of an error. What only we can mend is logged, and told as no more than that. */
export const answerTo = (error: FastifyError | Error, { headers, log }: FastifyRequest): ErrorAnswer => {
  const detail = refusalDetail(error);
  if (detail !== undefined && error instanceof MarqueeError) {
    return answer(detail.status, error.code, error.message, detail.field);
  }
  if (error instanceof MarqueeError && error.kind === 'dependency') {
    if (!isOverloaded(error)) log.error({ err: error }, 'dependency away'); // a log line each would be more load
    return {
      ...answer(503, error.code, 'something this server needs is away, try again', 'server'),
      retryAfterSeconds: 1,
    };
  }
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (!(error instanceof MarqueeError) && status >= 400 && status < 500)
    return ofFramework(error, status, headers);
  log.error({ err: error }, 'bug');
  return answer(500, 'internal', 'this is a bug of the server, and is logged as one', 'server');
};

/** The framework's own refusals: the body's size, its type, its JSON, or a path that is none. */
const ofFramework = (
  error: FastifyError | Error,
  status: number,
  headers: FastifyRequest['headers'],
): ErrorAnswer => {
  const code = 'code' in error ? error.code : '';
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return answer(
        status,
        'media-type',
        `content-type: got ${JSON.stringify(headers['content-type'] ?? '')}, expected application/json`,
        'content-type',
      );
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return answer(
        status,
        'body-too-large',
        'body: got more bytes than this server takes in one request',
        'body',
      );
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return answer(status, 'content-length', `content-length: ${error.message}`, 'content-length');
    case 'FST_ERR_BAD_URL':
      return answer(status, 'bad-url', 'path: got a percent-encoding that is none, expected a URL', 'path');
    default:
      return answer(status, 'bad-request', `body: ${messageOf(error)}`, 'body');
  }
};
