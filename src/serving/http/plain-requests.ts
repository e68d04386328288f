/**
 * Refuses requests that another server on the way may have read differently (RFC 9112), or whose body is not taken as
 * it came. Of what Node's parser lets through; that it refuses lengths, chunks and headers of two meanings is held by tests.
 */
import type { IncomingMessage } from 'node:http';
import { type Refusal, refusal } from './refusal.ts';
import type { Server } from './typed-fastify.ts';

export const refuseAmbiguous = (app: Server): void => {
  app.addHook('onRequest', async ({ raw }) => {
    for (const flaw of FLAWS) {
      const found = flaw(raw);
      if (found !== undefined) throw refusal({ status: 400, ...found });
    }
  });
};

type Flaw = (request: IncomingMessage) => Refusal | undefined;

const version: Flaw = ({ httpVersion }) =>
  httpVersion === '1.1' || httpVersion === '1.0'
    ? undefined
    : { field: 'http-version', got: httpVersion, expected: '1.0 or 1.1', code: 'http-version' };

/** Node keeps the first of several. */
const hosts: Flaw = ({ rawHeaders }) => {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i].length === 4 && rawHeaders[i].toLowerCase() === 'host') count += 1;
  return count <= 1 ? undefined : { field: 'host', got: `${count} of them`, expected: 'one', code: 'host' };
};

/** An address of another server, and a path that reads as another one once it is decoded. */
const path: Flaw = ({ url = '' }) => {
  const expected = 'a path that begins with /, with no slash, backslash or control character encoded in it';
  const end = url.indexOf('?');
  const asked = end < 0 ? url : url.slice(0, end);
  if (asked.startsWith('/') && !HIDDEN.test(asked)) return undefined;
  return { field: 'path', got: asked, expected, code: 'bad-url' };
};

const HIDDEN = /%(?:2f|5c|7f|[01][0-9a-f])|\\/i;

const encoding: Flaw = ({ headers }) => {
  const got = headers['content-encoding'];
  if (got === undefined || got === 'identity') return undefined;
  const expected = 'none: a body is taken as it is';
  return { field: 'content-encoding', got, expected, code: 'content-encoding', status: 415 };
};

const FLAWS: readonly Flaw[] = [version, hosts, path, encoding];
