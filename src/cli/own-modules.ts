/** The one place where code is loaded by name: a user's own parts, each a module whose default export makes one. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Option } from 'commander';
import { callerError } from '../domain/errors.ts';
import type { OwnModule, OwnModules } from '../serving/own-parts/contract.ts';
import { pathOption } from './options.ts';

const EXPECTED = 'a TypeScript or JavaScript module';

const FLAGS = {
  candidateGenerator: '--candidate-generator',
  ranker: '--ranker',
  policy: '--policy',
} as const satisfies Record<keyof OwnModules, string>;

const SAID = {
  candidateGenerator: 'a source of your own beside ours',
  ranker: 'a ranker of your own',
  policy: 'an artwork policy of your own',
} as const satisfies Record<keyof OwnModules, string>;

export type OwnKind = keyof OwnModules;

/** Flag values as commander keeps them. */
export type OwnFlags = { readonly [K in OwnKind]?: string };

export const ownOptions = (kinds: readonly OwnKind[]): Option[] =>
  kinds.map((kind) => pathOption(`${FLAGS[kind]} <file>`, `${SAID[kind]}: ${EXPECTED}`, EXPECTED));

/** The modules that flags name, loaded. @throws MarqueeError (caller) naming the flag and the file that cannot be used */
export const loadOwnModules = async (flags: OwnFlags): Promise<OwnModules> => {
  const loaded: [OwnKind, OwnModule<never, unknown>][] = [];
  for (const kind of Object.keys(FLAGS) as OwnKind[]) {
    const file = flags[kind];
    if (file !== undefined) loaded.push([kind, await loadOwnModule(FLAGS[kind], file)]);
  }
  return Object.fromEntries(loaded) as OwnModules;
};

const loadOwnModule = async (flag: string, file: string): Promise<OwnModule<never, unknown>> => {
  const refuse = (got: string, cause?: unknown) =>
    callerError('cli.own-module', `${flag}: got '${file}', ${got}, expected ${EXPECTED}`, { cause });
  const path = resolve(file);
  if (!existsSync(path)) throw refuse('which is not there');
  let module: { readonly default?: unknown };
  try {
    const { tsImport } = await import('tsx/esm/api');
    module = await tsImport(pathToFileURL(path).href, import.meta.url);
  } catch (thrown) {
    throw refuse(`which cannot be loaded (${String(thrown)})`, thrown);
  }
  const make = module.default;
  if (typeof make !== 'function') throw refuse(`whose default export is ${typeof make}`, undefined);
  return { flag, file, make: make as OwnModule<never, unknown>['make'] };
};
