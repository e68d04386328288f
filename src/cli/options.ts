/**
 * The kinds of flag values. Each refuses what it cannot use in one line that names the flag, what came
 * and what was expected, before any work is begun.
 */
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { Argument, Option } from 'commander';
import { callerError } from '../domain/errors.ts';
import { defaultLimits } from '../serving/http/limits.ts';
import { STORE_ADDRESSES, storeAddressOf } from '../serving/stores/store-address.ts';
import { closest } from './closest.ts';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Seeds: any whole number from 0 that a 32-bit word holds. */
export const SEED_BOUNDS: Bounds = { min: 0, max: 0xffff_ffff };
export const DEFAULT_SEED = 42;

const refused = (name: string | undefined, got: string, expected: string): never => {
  throw callerError('cli.bad-value', `${name}: got '${got}', expected ${expected}`);
};

const grouped = (value: number): string => value.toLocaleString('en-US');

/** A whole number within bounds, both ends included; written in plain digits. */
export const wholeNumberOption = (
  flags: string,
  description: string,
  { min, max }: Bounds,
  preset?: number,
): Option => {
  const option = new Option(flags, description);
  if (preset !== undefined) option.default(preset);
  return option.argParser((text: string) => {
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text) && value >= min && value <= max) return value;
    return refused(option.long, text, `a whole number from ${grouped(min)} to ${grouped(max)}`);
  });
};

export const seedOption = (): Option =>
  wholeNumberOption('--seed <n>', 'where all randomness comes from', SEED_BOUNDS, DEFAULT_SEED);

/** A path. A value that starts with `-` is taken for a flag whose forerunner lost its value. */
export const pathOption = (flags: string, description: string, expected: string, preset?: string): Option => {
  const option = new Option(flags, description);
  if (preset !== undefined) option.default(preset);
  return option.argParser((text: string) =>
    text.trim() === '' || text.startsWith('-') ? refused(option.long, text, expected) : text,
  );
};

/** One of a few words. */
export const choiceOption = (flags: string, description: string, choices: readonly string[]): Option => {
  const option = new Option(flags, `${description} (${choices.join(', ')})`);
  return option.argParser((text: string) =>
    choices.includes(text) ? text : refused(option.long, text, oneOf(text, choices)),
  );
};

/** Some of a few words, joined by commas. */
export const choicesOption = (flags: string, description: string, choices: readonly string[]): Option => {
  const option = new Option(flags, `${description} (${choices.join(', ')})`);
  return option.argParser((text: string) => {
    const chosen = text.split(',').map((word) => word.trim());
    const unknown = chosen.find((word) => !choices.includes(word));
    return unknown === undefined ? chosen : refused(option.long, unknown, oneOf(unknown, choices));
  });
};

/** The same for a word that stands without a flag. */
export const choiceArgument = (name: string, description: string, choices: readonly string[]): Argument =>
  new Argument(`<${name}>`, `${description} (${choices.join(', ')})`).argParser((text: string) =>
    choices.includes(text) ? text : refused(name.toUpperCase(), text, oneOf(text, choices)),
  );

/** `one of a, b, c; did you mean 'b'?` */
export const oneOf = (got: string, known: readonly string[]): string => {
  const near = closest(got, known);
  return `one of ${known.join(', ')}${near === undefined ? '' : `; did you mean '${near}'?`}`;
};

/** Threads that share large tensor operations; results do not depend on it. */
export const threadsOption = (): Option =>
  wholeNumberOption(
    '--threads <n>',
    'threads for large tensor operations, default all cores; figures of quality do not depend on it',
    { min: 1, max: 256 },
  );

/** 0 lets the system choose a free one. */
export const portOption = (): Option =>
  wholeNumberOption(
    '--port <n>',
    'the port to serve on; 0 for any that is free',
    { min: 0, max: 65_535 },
    8080,
  );

/** A laptop's own address: the service has no accounts, so it offers itself to the network only when told to. */
export const HOST = '127.0.0.1';

export const hostOption = (): Option =>
  pathOption(
    '--host <address>',
    'the address to serve on; one that others can reach needs MARQUEE_ADMIN_TOKEN in the environment',
    'an address of this machine',
    HOST,
  );

/** Clients of this machine are not limited: benches and demos run there. */
export const clientLimitOption = (): Option =>
  wholeNumberOption(
    '--client-limit <n>',
    'requests a second that one client of another machine may make; 0 for no limit',
    { min: 0, max: 1_000_000 },
    defaultLimits.clientLimit.requestsPerSecond,
  );

/** Whose word is taken for who asks: addresses, or networks such as 10.0.0.0/8, joined by commas. */
export const trustedProxyOption = (): Option =>
  new Option(
    '--trusted-proxy <addresses>',
    'addresses or networks of the proxies before this server, joined by commas: a client is who their X-Forwarded-For names',
  ).argParser((text: string) => {
    const proxies = text.split(',').map((each) => each.trim());
    if (proxies.every(isNetwork)) return proxies;
    return refused('--trusted-proxy', text, 'addresses or networks such as 10.0.0.5 or 10.0.0.0/8');
  });

const isNetwork = (text: string): boolean => {
  const [, address, bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address ?? '');
  return family !== 0 && Number(bits ?? 0) <= (family === 6 ? 128 : 32);
};

/** Where state is kept; the work directory's own folder where it is not said. */
export const storeOption = (): Option =>
  new Option('--store <address>', `where state is kept: ${STORE_ADDRESSES}`).argParser(
    (text: string) => storeAddressOf(text) ?? refused('--store', text, STORE_ADDRESSES),
  );

/** Each is a process. */
export const workersOption = (): Option =>
  wholeNumberOption('--workers <n>', 'processes that serve, sharing the store', { min: 1, max: 64 }, 1);

/** One core is left to the thread that serves. */
export const scoringThreadsOption = (): Option =>
  wholeNumberOption(
    '--scoring-threads <n>',
    'threads of each process that score pages; 0 scores on the thread that serves',
    { min: 0, max: 64 },
    Math.max(1, availableParallelism() - 1),
  );

/** Given without a value, a quarter; half of the members would leave none outside the two groups. */
export const canaryOption = (): Option =>
  new Option(
    '--canary [share]',
    'try a new version on this share of the members first, beside as many with the old one',
  )
    .preset('0.25')
    .argParser((text: string) => {
      const share = Number(text);
      return share > 0 && share <= 0.5 ? share : refused('--canary', text, 'a share above 0, at most 0.5');
    });

export const shadowOption = (): Option =>
  pathOption(
    '--shadow <version>',
    'a published version that scores a tenth of the requests without serving, to be compared',
    'the name of a version',
  );

/** What costs a page of 100 titles is some 10 kB. */
export const servedShareOption = (): Option =>
  new Option('--served-share <share>', 'share of pages whose features are logged and looked at for drift')
    .default(0.02)
    .argParser((text: string) => {
      const share = Number(text);
      return text.trim() !== '' && share >= 0 && share <= 1
        ? share
        : refused('--served-share', text, 'a share from 0 to 1');
    });

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;

/** Lines of JSON on stderr. */
export const logLevelOption = (): Option =>
  choiceOption(
    '--log-level <level>',
    'which log lines are written to stderr, one of JSON each; info tells of each request',
    LOG_LEVELS,
  ).default('error');

export const workDirOption = (): Option =>
  pathOption('--work-dir <dir>', 'where versions are published and stores are kept', 'a folder', '.marquee');
