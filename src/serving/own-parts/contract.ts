/** Parts that a user brings: a module of theirs that makes one, from what a version of the models holds. */
import type { BanditPolicy } from '../../bandits/contract.ts';
import type { CandidateGenerator } from '../../candidate-gen/contract.ts';
import type { TwoTowerModel } from '../../candidate-gen/two-tower-model.ts';
import { callerError, MarqueeError } from '../../domain/errors.ts';
import type { Catalogue } from '../../domain/tables.ts';
import type { TitleCounts } from '../../features/title-counts.ts';
import type { Ranker } from '../../ranking/contract.ts';

/** What a source or a ranker may be made from. */
export interface GivenModels {
  readonly catalogue: Catalogue;
  readonly twoTower: TwoTowerModel;
  readonly counts: TitleCounts;
  /** Recent plays of each title, an old one counting less, [titles]. */
  readonly trending: Float64Array;
}

/** What an artwork policy may be made from. */
export interface GivenRounds {
  /** Features of each action of a round. */
  readonly featureSize: number;
}

/** The default export of a user's module, and where it came from. */
export interface OwnModule<Given, Part> {
  readonly flag: string;
  readonly file: string;
  readonly make: (given: Given) => Part | Promise<Part>;
}

export interface OwnModules {
  readonly candidateGenerator?: OwnModule<GivenModels, CandidateGenerator>;
  readonly ranker?: OwnModule<GivenModels, Ranker>;
  readonly policy?: OwnModule<GivenRounds, BanditPolicy>;
}

const BREACH = 'own-part';

type Origin = Pick<OwnModule<never, unknown>, 'flag' | 'file'>;

/** The one line that says what a part did and what its contract promises. */
export const breach = ({ flag, file }: Origin, got: string, expected: string): MarqueeError =>
  callerError(BREACH, `${flag} ${file}: got ${got}, expected ${expected}`);

/** What the work gives. @throws MarqueeError (caller) with what it threw, which is the part's fault and not ours */
export const withoutThrowing = async <T>(
  origin: Origin,
  what: string,
  work: () => T | Promise<T>,
): Promise<T> => {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof MarqueeError && thrown.code === BREACH) throw thrown;
    throw callerError(BREACH, `${origin.flag} ${origin.file}: ${what} threw: ${String(thrown)}`, {
      cause: thrown,
    });
  }
};

/** @throws MarqueeError (caller) unless the part is an object with a kebab-case name and these functions */
export const expectShape = (origin: Origin, part: unknown, functions: readonly string[]): void => {
  if (typeof part !== 'object' || part === null)
    throw breach(origin, `a part that is ${part === null ? 'null' : typeof part}`, 'an object');
  const name: unknown = Reflect.get(part, 'name');
  if (typeof name !== 'string' || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
    throw breach(origin, `name ${JSON.stringify(name)}`, 'a kebab-case one, such as my-source');
  for (const each of functions) {
    if (typeof Reflect.get(part, each) !== 'function')
      throw breach(origin, `no function ${each}`, `an object with ${functions.join(', ')}`);
  }
};

/** @throws MarqueeError (caller) unless the work, begun under an aborted signal, throws that signal's reason */
export const expectAbort = async (
  origin: Origin,
  what: string,
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> => {
  const reason = new Error('aborted');
  try {
    await work(AbortSignal.abort(reason));
  } catch (thrown) {
    if (thrown === reason) return;
  }
  throw breach(origin, `${what} that goes on under an aborted signal`, 'signal.throwIfAborted()');
};
