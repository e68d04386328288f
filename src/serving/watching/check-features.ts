/** The skew check of a work directory: its served log against its events, its current version and the code of today. */
import { openCatalogue } from '../../../datasets/arrow-tables.ts';
import { readServed, servedFiles } from '../../../datasets/served-log.ts';
import { currentVersion } from '../../artifacts/publish.ts';
import { systemClock } from '../../domain/clock.ts';
import { callerError } from '../../domain/errors.ts';
import type { MemberProfile } from '../../domain/request.ts';
import { emptyProfile } from '../../features/profile.ts';
import { assembleFeatures } from '../assemble-features.ts';
import { decodeLogged, eventsOfMember, type LoggedEvent } from '../events/event-log.ts';
import { readVersion } from '../open-version.ts';
import { decodeProfile } from '../profile-codec.ts';
import { createProfileStore, type ProfileChanges } from '../profile-store.ts';
import type { Store } from '../stores/contract.ts';
import { createMemoryStore } from '../stores/memory.ts';
import { openStore } from '../stores/open-store.ts';
import type { WorkPlaces } from '../work-places.ts';
import { featureSkew, type SkewReport } from './feature-skew.ts';

/** @throws MarqueeError (caller) when nothing was published or logged there, or a file was altered */
export const checkFeatures = async (places: WorkPlaces): Promise<SkewReport> => {
  const version = currentVersion(places.models);
  const files = servedFiles(places.served);
  if (version === undefined || files.length === 0) {
    throw callerError(
      'nothing-served',
      `${places.served}: got ${files.length} files of what ${version?.name ?? 'no version'} served, expected some: serve with --served-share above 0, and ask for pages`,
    );
  }
  const shared = await openCatalogue(places.dataset);
  const models = await readVersion(version, shared);
  const { catalogue, members, name } = shared;
  const { titles, vocabulary } = catalogue;
  const { twoTower, taste, counts, examination } = models;
  const folding = createProfileStore({
    store: createMemoryStore(systemClock),
    members,
    titleGenres: titles.genres,
    genreCount: vocabulary.genres.length,
    examination,
  });
  /** Through the bytes, as it is served. */
  const fold = (profile: MemberProfile, changes: ProfileChanges): MemberProfile => {
    const { key, value } = folding.folded('anybody', profile, changes);
    return value === undefined ? profile : decodeProfile(value, key);
  };
  const store = await openStore(places.store, name, systemClock);
  try {
    return await featureSkew(files.map(readServed), {
      ...{ modelVersion: version.name, members, profiles: models.profiles, fold, vocabulary },
      stranger: emptyProfile(vocabulary.genres.length),
      titleRows: new Map(titles.ids.map((id, row) => [id, row])),
      features: (request, items) =>
        assembleFeatures({ twoTower, taste, counts, titles, vocabulary }, request, {
          items,
          scores: new Float32Array(items.length),
        }),
      eventsOf: remembering((memberId) => eventsIn(store, memberId)),
    });
  } finally {
    await store.close();
  }
};

const eventsIn = async (store: Store, memberId: string): Promise<LoggedEvent[]> => {
  const events: LoggedEvent[] = [];
  for await (const keys of store.keys(eventsOfMember(memberId))) {
    const values = await store.getMany(keys);
    keys.forEach((key, i) => {
      const value = values[i];
      if (value !== undefined) events.push(decodeLogged({ key, value }));
    });
  }
  return events;
};

/** A member has several pages; what is remembered is bounded. */
const remembering = <V>(read: (key: string) => Promise<V>): ((key: string) => Promise<V>) => {
  const known = new Map<string, Promise<V>>();
  return (key) => {
    const value = known.get(key) ?? read(key);
    if (known.size > 1_000) known.clear();
    known.set(key, value);
    return value;
  };
};
