/** Events acknowledged by a server that is killed again and again: none is lost, none counts twice. */
import { openCatalogue } from '../../datasets/arrow-tables.ts';
import { currentVersion } from '../../src/artifacts/publish.ts';
import { bugError } from '../../src/domain/errors.ts';
import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { startServerProcess } from '../../src/experiments/server-process.ts';
import { openModels } from '../../src/serving/model-version.ts';
import { createProfileStore } from '../../src/serving/profile-store.ts';
import { openStore } from '../../src/serving/stores/open-store.ts';
import { workPlaces } from '../../src/serving/work-places.ts';
import { type CrashVerdict, crashIngest, type IngestCrashes, judgeIngest } from './ingest-crash.ts';

const KILLS = 200;
const SMALL_KILLS = 8;
const LONGEST_LIFE_MS = 600;

export const measureIngestCrashes = async (options: {
  readonly workDir: string;
  readonly small: boolean;
  readonly commandLine: readonly string[];
  readonly titleIds: readonly string[];
  readonly rng: Rng;
  readonly progress: Progress;
}): Promise<StageRow[]> => {
  const { workDir, small, commandLine, titleIds, rng, progress } = options;
  const kills = small ? SMALL_KILLS : KILLS;
  const memberIds = Array.from({ length: 500 }, (_, i) => `crash-${i}`);
  const step = progress.step(`kill the server ${kills} times in ingest`);
  const crashes = await crashIngest({
    ...{ kills, memberIds, titleIds, longestLifeMs: LONGEST_LIFE_MS, rng: rng.fork('crashes') },
    async start() {
      const { url, pid, ended } = await startServerProcess({ workDir, commandLine });
      return {
        url,
        async kill() {
          process.kill(pid, 'SIGKILL');
          await ended;
        },
      };
    },
  });
  const verdict = await judged(workDir, memberIds, crashes);
  step.end(`${crashes.acknowledged.length} acknowledged, ${crashes.sentAgain} sent again`);
  return rowsOf(crashes, verdict, kills).map((measurement) => ({ stage: 'events', measurement }));
};

const judged = async (
  workDir: string,
  memberIds: readonly string[],
  crashes: IngestCrashes,
): Promise<CrashVerdict> => {
  const places = workPlaces(workDir);
  const version = currentVersion(places.models);
  if (version === undefined) throw bugError('bench.no-version', `${places.models}: nothing is published`);
  const { name, catalogue, members } = await openCatalogue(places.dataset);
  const { titles, vocabulary } = catalogue;
  const { examination } = (await openModels(version.dir))(members);
  const store = await openStore(places.store, name);
  try {
    const profiles = createProfileStore({
      ...{ store, members, titleGenres: titles.genres, genreCount: vocabulary.genres.length, examination },
    });
    const titleRows = new Map(titles.ids.map((id, row) => [id, row]));
    return await judgeIngest(crashes, { store, profiles, titleRows, vocabulary, memberIds });
  } finally {
    await store.close();
  }
};

const rowsOf = (
  { acknowledged, sentAgain }: IngestCrashes,
  { lost, duplicated }: CrashVerdict,
  kills: number,
): Measurement[] => {
  const protocol = `${kills} times marquee serve over LMDB was killed with SIGKILL at a moment drawn from the ${LONGEST_LIFE_MS} ms after its first acknowledgement, while 8 clients sent events of every type in batches of 25, and sent again what was not acknowledged (${sentAgain} events); then the store was read`;
  const common = { unit: 'events', n: acknowledged.length, protocol };
  return [
    heldTo(
      {
        ...{ name: 'crash.ingest.lost', value: lost, ...common },
        definition: 'acknowledged events that are not in the log, and logged plays that no profile counts',
      },
      0,
    ),
    heldTo(
      {
        ...{ name: 'crash.ingest.duplicated', value: duplicated, ...common },
        definition:
          'plays that a profile counts beyond those in the log, and profiles that differ in a bit from what the log says',
      },
      0,
    ),
  ];
};
