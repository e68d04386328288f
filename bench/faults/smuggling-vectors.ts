/**
 * Requests that two servers may read in two ways, byte by byte, and what must come of each. Where a server reads one
 * of them leniently, a page is made or an event taken that whoever stood before it never saw: a hit.
 * After Linhart, Klein, Heled & Orrin, "HTTP request smuggling", 2005; Kettle, "HTTP desync attacks", 2019; RFC 9112.
 */
export interface SmugglingVector {
  readonly name: string;
  readonly bytes: string;
  /** Statuses that may come first; 0 where the connection is closed without a word. */
  readonly answers: readonly number[];
}

/** A plain request for a page: where it is answered with 200, it was taken for a request. */
const PAGE = 'GET /v1/members/smuggled/homepage HTTP/1.1\r\nHost: x\r\n\r\n';
const EVENT = JSON.stringify({ type: 'click', eventId: 'smuggled', member: 'm', title: 'title-1' });
const CHUNK = `${EVENT.length.toString(16)}\r\n${EVENT}\r\n`;

const page = (name: string, header: string, answers: readonly number[] = [400]): SmugglingVector => ({
  ...{ name, answers },
  bytes: `GET /v1/members/smuggled/homepage HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`,
});
const line = (name: string, requestLine: string, answers: readonly number[] = [400]): SmugglingVector => ({
  ...{ name, answers },
  bytes: `${requestLine}\r\nHost: x\r\n\r\n`,
});
/** An event whose end can be read in two ways; behind it stands a page. */
const event = (
  name: string,
  headers: string,
  body: string,
  answers: readonly number[] = [400],
): SmugglingVector => ({
  ...{ name, answers },
  bytes: `POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`,
});

const LENGTH = `Content-Length: ${EVENT.length}`;
const CHUNKED = 'Transfer-Encoding: chunked';

export const SMUGGLING_VECTORS: readonly SmugglingVector[] = [
  event('cl.te', `Content-Length: 5\r\n${CHUNKED}`, `0\r\n\r\n${PAGE}`),
  event('te.cl', `${CHUNKED}\r\nContent-Length: 4`, `${CHUNK}0\r\n\r\n${PAGE}`),
  event('te twice, one unknown', `${CHUNKED}\r\nTransfer-Encoding: cow`, `${CHUNK}0\r\n\r\n${PAGE}`),
  event('te before a colon with a space', `Transfer-Encoding : chunked\r\n${LENGTH}`, EVENT + PAGE),
  event('te not chunked last', 'Transfer-Encoding: chunked, identity', `${CHUNK}0\r\n\r\n${PAGE}`),
  event('te misspelt', `Transfer-Encoding: xchunked\r\n${LENGTH}`, EVENT + PAGE),
  event('te identity with a length', `Transfer-Encoding: identity\r\n${LENGTH}`, EVENT + PAGE),
  event('te folded', 'Transfer-Encoding:\r\n chunked', `${CHUNK}0\r\n\r\n${PAGE}`),
  event('te with a control character', 'Transfer-Encoding: \x0bchunked', `${CHUNK}0\r\n\r\n${PAGE}`),
  {
    name: 'te in HTTP/1.0',
    bytes: `POST /v1/events HTTP/1.0\r\nContent-Type: application/json\r\n${CHUNKED}\r\n\r\n${CHUNK}0\r\n\r\n${PAGE}`,
    answers: [400],
  },
  event('two lengths', `${LENGTH}\r\nContent-Length: 0`, EVENT + PAGE),
  event('one length twice', `${LENGTH}\r\n${LENGTH}`, EVENT + PAGE),
  event('a list of lengths', `${LENGTH}, ${EVENT.length}`, EVENT + PAGE),
  event('a negative length', 'Content-Length: -1', EVENT + PAGE),
  event('a length with a plus', `Content-Length: +${EVENT.length}`, EVENT + PAGE),
  event('a hexadecimal length', `Content-Length: 0x${EVENT.length.toString(16)}`, EVENT + PAGE),
  event('a length beyond 64 bits', 'Content-Length: 18446744073709551617', EVENT + PAGE, [400, 413]),
  event('a length with a space in it', 'Content-Length: 1 0', EVENT + PAGE),
  event('a chunk size with a sign', CHUNKED, `+${CHUNK}0\r\n\r\n${PAGE}`),
  event('a chunk size beyond 64 bits', CHUNKED, `1000000000000000${CHUNK}0\r\n\r\n${PAGE}`),
  event('a chunk longer than its size', CHUNKED, `2\r\n${EVENT}\r\n0\r\n\r\n${PAGE}`),
  event('a chunk ended by a bare line feed', CHUNKED, `${CHUNK.replaceAll('\r\n', '\n')}0\n\n${PAGE}`),
  event('a chunk extension with a line feed', CHUNKED, `${CHUNK.replace('\r\n', ';\n\r\n')}0\r\n\r\n${PAGE}`),
  event(
    'a chunk extension of 64 KiB',
    CHUNKED,
    `${CHUNK.replace('\r\n', `;${'x'.repeat(65_536)}\r\n`)}0\r\n\r\n`,
    [413, 400],
  ),
  event('a packed body', `Content-Encoding: gzip\r\n${LENGTH}`, EVENT, [415]),
  page('a folded header', 'X-A: b\r\n c: d'),
  page('a header ended by a bare carriage return', 'X-A: b\rX-B: c'),
  page('a header name with NUL', 'X-\0A: b'),
  page('a header value with NUL', 'X-A: b\0c'),
  page('a header without a colon', 'X-A'),
  page('a header without a name', ': b'),
  page('two hosts', 'Host: y'),
  page('headers of 64 KiB', `X-A: ${'b'.repeat(65_536)}`, [431]),
  {
    name: 'a space before the first header',
    bytes: 'GET /v1/members/smuggled/homepage HTTP/1.1\r\n Host: x\r\n\r\n',
    answers: [400],
  },
  { name: 'no host', bytes: 'GET /v1/members/smuggled/homepage HTTP/1.1\r\n\r\n', answers: [400] },
  { name: 'bare line feeds', bytes: PAGE.replaceAll('\r\n', '\n'), answers: [400] },
  { name: 'the preface of HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', answers: [400, 0] },
  { name: 'no version', bytes: 'GET /v1/members/smuggled/homepage\r\n\r\n', answers: [400, 0] },
  line('HTTP/0.9', 'GET /v1/members/smuggled/homepage HTTP/0.9'),
  line('HTTP/2.0', 'GET /v1/members/smuggled/homepage HTTP/2.0'),
  line('a version in small letters', 'GET /v1/members/smuggled/homepage http/1.1'),
  line('two spaces before the version', 'GET /v1/members/smuggled/homepage  HTTP/1.1 HTTP/1.1'),
  line('a tab in the request line', 'GET\t/v1/members/smuggled/homepage HTTP/1.1'),
  line('NUL in the path', 'GET /v1/members/smug\0gled/homepage HTTP/1.1'),
  line('a method in small letters', 'get /v1/members/smuggled/homepage HTTP/1.1'),
  line('an absolute address', 'GET http://elsewhere/v1/members/smuggled/homepage HTTP/1.1'),
  line('a tunnel', 'CONNECT x:80 HTTP/1.1', [400, 404, 0]),
  line('an encoded way up', 'GET /v1/members/..%2fsmuggled/homepage HTTP/1.1'),
  line('an encoded way up, by backslash', 'GET /docs/static/..%5c..%5cpackage.json HTTP/1.1'),
  line('an encoded NUL', 'GET /docs/static/index.html%00.js HTTP/1.1'),
  line('a way up', 'GET /v1/members/x/../smuggled/homepage HTTP/1.1', [400, 404]),
  line('a path of 64 KiB', `GET /v1/members/${'x'.repeat(65_536)}/homepage HTTP/1.1`, [400, 414, 431]),
  {
    name: 'a page behind a refused one',
    bytes: `GET /v1/members/smuggled/homepage HTTP/1.1\r\nHost: x\r\nX A: b\r\n\r\n${PAGE}`,
    answers: [400],
  },
];

/** Requests that are as they should be, with how many hits each is: without them 0 hits would mean nothing. */
export const HONEST_REQUESTS: readonly (SmugglingVector & { readonly hits: number })[] = [
  { name: 'a page', bytes: PAGE, answers: [200], hits: 1 },
  {
    ...page(
      'an upgrade that is not taken',
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM',
      [200],
    ),
    hits: 1,
  },
  { name: 'two pages, one behind the other', bytes: PAGE + PAGE, answers: [200], hits: 2 },
  { ...event('an event and a page', LENGTH, EVENT + PAGE, [200]), hits: 2 },
  { ...event('an event in chunks and a page', CHUNKED, `${CHUNK}0\r\n\r\n${PAGE}`, [200]), hits: 2 },
];
