/** Who may change what a server does: whoever holds its token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { callerError } from '../../domain/errors.ts';
import { refusal } from './refusal.ts';

/** What RFC 6750 lets a bearer token be made of, and so long that nobody tries them all. */
const TOKEN_PATTERN = /^[A-Za-z0-9._~+/-]{16,256}=*$/;

/** @throws MarqueeError (caller) on one that is too easily guessed, without repeating it */
export const expectToken = (name: string, token: string): string => {
  if (TOKEN_PATTERN.test(token)) return token;
  const expected = '16 to 256 of A-Z a-z 0-9 . _ ~ + / -, such as `openssl rand -hex 24` prints';
  throw callerError('admin-token', `${name}: got ${token.length} characters, expected ${expected}`);
};

/**
 * The check of an `Authorization` header. It takes the same time however much of a token is right.
 * @throws MarqueeError (caller, 401) where the header has no token or another one, and always where there is none to have
 */
export const tokenCheck = (token: string | undefined): ((authorization: string | undefined) => void) => {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const held = token === undefined ? undefined : digest(token);
  return (authorization) => {
    const given = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (held !== undefined && given !== undefined && timingSafeEqual(digest(given), held)) return;
    throw refusal({
      field: 'authorization',
      got: authorization === undefined ? undefined : 'another one',
      expected: held === undefined ? 'nothing: this server has no admin token' : 'Bearer and the admin token',
      code: 'unauthorized',
      status: 401,
    });
  };
};

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether only this machine can reach or be the address. A name is taken for no such, but `localhost`. */
export const isLoopback = (host: string): boolean => {
  const family = isIP(host);
  if (family === 0) return host === 'localhost';
  return LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4'); // ::ffff:127.0.0.1 is looked at as IPv4
};

/** @throws MarqueeError (caller) where a server would offer itself to a network without a token of its operator's */
export const expectGuarded = (host: string, token: string | undefined): void => {
  if (token !== undefined || isLoopback(host)) return;
  throw callerError(
    'public-without-token',
    `--host: got ${host}, which others can reach, without an admin token, expected MARQUEE_ADMIN_TOKEN to be set, or 127.0.0.1`,
  );
};
