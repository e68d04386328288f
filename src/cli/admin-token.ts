import { randomBytes } from 'node:crypto';
import { expectGuarded, expectToken } from '../serving/http/admin-token.ts';

/** Where an operator puts the token; a flag would show it to everybody who lists processes. */
export const TOKEN_VARIABLE = 'MARQUEE_ADMIN_TOKEN';

export interface AdminToken {
  readonly token: string;
  /** Made for this run, as the operator gave none: to be told, or nobody knows it. */
  readonly isMade: boolean;
}

/**
 * The operator's token, or, where only this machine can reach the server, one made for this run.
 * @throws MarqueeError (caller) on a token easily guessed, and where others could reach a server without one
 */
export const adminTokenFor = (host: string): AdminToken => {
  const given = process.env[TOKEN_VARIABLE];
  expectGuarded(host, given);
  const token = given === undefined ? randomBytes(24).toString('hex') : expectToken(TOKEN_VARIABLE, given);
  return { token, isMade: given === undefined };
};

/** So that all processes of one service ask for the same. */
export const handOnToken = ({ token }: AdminToken): void => {
  process.env[TOKEN_VARIABLE] = token;
};
