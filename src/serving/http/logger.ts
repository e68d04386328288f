import { type DestinationStream, destination, type Logger, pino } from 'pino';

/** What a log line never tells, wherever it stands. */
const SECRETS = ['authorization', 'cookie', 'token', 'password', '*.authorization', '*.cookie', '*.token'];

/**
 * Lines of JSON on stderr, written in batches off the path of requests. Each line of a request has its `requestId`, which
 * is also its `x-request-id`, in its trace and in the served log.
 */
export const createLogger = (
  level: string,
  to: DestinationStream = destination({ dest: 2, sync: false, minLength: 0 }),
): Logger =>
  pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS, censor: '[redacted]' },
    },
    to,
  );
