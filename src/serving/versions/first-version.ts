/** The version that a server starts with: what was published last, or what served before where that cannot be read. */
import type { Version } from '../../artifacts/publish.ts';
import { servableVersions, servedVersions } from '../../artifacts/releases.ts';
import { callerError, messageOf } from '../../domain/errors.ts';
import type { PublishedModels } from '../model-version.ts';
import { kindOf } from '../stage.ts';

export interface FirstVersion {
  readonly version: Version;
  readonly models: PublishedModels;
  /** Those before it, which could not be read, and why. */
  readonly refused: ReadonlyMap<string, string>;
}

/** What may be opened first, the best first: before a trial, what served everybody last. @throws MarqueeError (caller) where there is none */
export const startingOrder = (root: string, isTried: boolean): Version[] => {
  const servable = servableVersions(root);
  if (servable.length === 0) {
    throw callerError(
      'nothing-published',
      `${root}: nothing was published there, expected a version; 'npm run demo -- --exit' makes one`,
    );
  }
  const last = isTried ? servedVersions(root).at(-1) : undefined;
  return servable.toSorted((a, b) => Number(b.name === last) - Number(a.name === last));
};

/** The first that can be read. @throws what the first of all threw, where none can */
export const readFirst = async (
  versions: readonly Version[],
  read: (version: Version) => Promise<PublishedModels>,
): Promise<FirstVersion> => {
  const failures = new Map<string, unknown>();
  for (const version of versions) {
    try {
      const models = await read(version);
      const refused = Array.from(failures, ([name, thrown]) => [name, messageOf(thrown)] as const);
      return { version, models, refused: new Map(refused) };
    } catch (thrown) {
      if (kindOf(thrown) !== 'caller') throw thrown;
      failures.set(version.name, thrown);
    }
  }
  throw [...failures.values()][0];
};
