/** Trials of new versions: faulty ones that must be rolled back, and good ones that must not. */
import { currentVersion, setCurrentVersion } from '../../src/artifacts/publish.ts';
import { heldTo, type StageRow } from '../../src/domain/measurement.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { shareInterval } from '../../src/evaluation/share-interval.ts';
import { type CanaryWorld, openCanaryWorld } from '../../src/experiments/canary/canary-world.ts';
import { type Behaviour, type DriveOutcome, driveCanary } from '../../src/experiments/canary/drive.ts';
import { driveServer } from '../../src/experiments/canary/live-drive.ts';
import { PLANTED_MODELS } from '../../src/experiments/canary/planted-models.ts';
import { canaryPlan } from '../../src/serving/versions/canary-judge.ts';
import { workPlaces } from '../../src/serving/work-places.ts';
import type { FaultOptions } from './contract.ts';

/** Its version is of a simulated world. */
type CanaryOptions = Pick<FaultOptions, 'workDir' | 'commandLine' | 'small' | 'rng' | 'progress'>;

const MOST_REQUESTS = 5_000;
const MOST_SECONDS = 60;
/** On a busy machine so many requests take longer than that. */
const LIVE_LIMIT_SECONDS = 180;
const FINAL_SHARE = 0.25;
/** At one in a hundred, twenty trials have one rolled back every sixth time, and two every sixtieth. */
const FALSE_ROLLBACKS = { small: 0.05, whole: 0.01 };
const LIVE_PER_SECOND = 40;

export const measureCanaries = async (options: CanaryOptions): Promise<StageRow[]> => {
  const { workDir, small, rng, progress } = options;
  const found = await openCanaryWorld({
    workDir,
    members: small ? 600 : 3_000,
    rng: rng.fork('canary'),
    progress,
  });
  const drive = driverOf(found);
  const good: Behaviour = { replies: found.good };
  const faults: Readonly<Record<string, Behaviour>> = {
    ...Object.fromEntries(PLANTED_MODELS.map((name) => [name, { replies: found.planted[name] }])),
    'throws on one request in ten': { ...good, throws: 0.1 },
    'one ranking in ten is not finite': { ...good, notFinite: 0.1 },
    'takes twice as long': { ...good, slowness: 2 },
  };
  const trials = small ? 2 : 20;
  const missed: string[] = [];
  const needed: number[] = [];
  const step = progress.step('canaries with faults');
  for (const [name, candidate] of Object.entries(faults)) {
    for (let i = 0; i < trials; i++) {
      const draws = rng.fork(`${name}/${i}`);
      const outcome = await drive(good, candidate, `faulty-${i}`, MOST_REQUESTS, draws);
      if (outcome.end !== 'rolled-back') missed.push(name);
      else needed.push(outcome.requests);
    }
  }
  step.end(`${needed.length} rolled back, ${missed.length} missed ${missed.join(', ')}`);
  const live = await liveTrials(options, found);
  missed.push(...live.missed);

  const runs = small ? 20 : 200;
  const without: DriveOutcome[] = [];
  const alike = progress.step('canaries without a fault');
  for (let i = 0; i < runs; i++) {
    without.push(await drive(good, good, `alike-${i}`, Number.POSITIVE_INFINITY, rng.fork(`alike/${i}`)));
  }
  const accused = without.filter(({ end }) => end === 'rolled-back');
  alike.end(`${accused.length} of ${runs} rolled back ${accused.map(({ why }) => why).join(', ')}`);
  const n = Object.keys(faults).length * trials + live.n;
  return [
    {
      stage: 'canary',
      measurement: heldTo(
        {
          ...{ name: 'canary.missed', value: missed.length, unit: 'versions', n },
          definition: `faulty versions that were not taken back within ${MOST_REQUESTS} requests of all members, or, on a server process, ${MOST_SECONDS} s or so many requests, from their publication on`,
          protocol: `the server's own switchboard, keeper and judge, groups of ${FINAL_SHARE} of the members at most; members of the world ask for pages as often as they are active, and play each place with its true chance; faults: ${Object.keys(faults).join(', ')}, ${trials} trials each with other groups and draws (latencies lognormal; those that throw or are not finite do so after the warm-up); median ${median(needed)} requests to the rollback, most ${Math.max(0, ...needed)}. ${live.protocol}`,
        },
        0,
      ),
    },
    {
      stage: 'canary',
      measurement: heldTo(
        {
          ...{ name: 'canary.false-rollback-rate', value: accused.length / runs, unit: 'share', n: runs },
          ci: shareInterval(accused.length, runs),
          definition:
            'versions that behave as the old one and were taken back, over all; the others were promoted',
          protocol: `as canary.missed, until the version is promoted (2,500 pages in each group), looked at every 50 requests; ${without.filter(({ end }) => end === 'promoted').length} of ${runs} were promoted`,
        },
        small ? FALSE_ROLLBACKS.small : FALSE_ROLLBACKS.whole,
      ),
    },
  ];
};

const driverOf = ({ world, asking }: CanaryWorld) => {
  const activity = asking.map((member) => world.truth.member.activity[member]);
  const all = activity.reduce((sum, each) => sum + each, 0);
  let below = 0;
  const cumulative = Float64Array.from(activity, (each) => {
    below += each / all;
    return below;
  });
  const memberIds = asking.map((member) => world.members.ids[member]);
  return (old: Behaviour, candidate: Behaviour, version: string, mostRequests: number, rng: Rng) =>
    driveCanary({
      ...{ old, candidate, version, mostRequests, rng, memberIds, members: world.members },
      ...{ asking: cumulative, canary: canaryPlan(FINAL_SHARE) },
    });
};

/** Each planted model once, on a process of its own. */
const liveTrials = async (options: CanaryOptions, { world, asking, modelsOf }: CanaryWorld) => {
  const { workDir, commandLine, small, rng, progress } = options;
  const root = workPlaces(workDir).models;
  const first = currentVersion(root);
  if (first === undefined) throw new Error(`${root}: expected a version`);
  const faults = small ? PLANTED_MODELS.slice(0, 1) : PLANTED_MODELS;
  const missed: string[] = [];
  const told: string[] = [];
  for (const fault of faults) {
    const step = progress.step(`canary ${fault} on a server`);
    const outcome = await driveServer({
      ...{ workDir, commandLine, root, world, asking, models: modelsOf(fault), version: `planted-${fault}` },
      flags: ['--canary', '0.5'],
      ...{
        requestsPerSecond: LIVE_PER_SECOND,
        mostSeconds: LIVE_LIMIT_SECONDS,
        rng: rng.fork(`live/${fault}`),
      },
    });
    setCurrentVersion(root, first.name);
    const { end, requests, seconds, failed, why } = outcome;
    const words = `${fault} ${end} after ${requests} requests and ${seconds.toFixed(0)} s, ${failed} of them failed`;
    step.end(`${words}: ${why}`);
    told.push(words);
    const inTime = requests <= MOST_REQUESTS || seconds <= MOST_SECONDS;
    if (end !== 'rolled-back' || !inTime) missed.push(`${fault} on a server`);
  }
  const protocol = `On marquee serve --canary 0.5 in a process of its own, ${LIVE_PER_SECOND} pages/s and the plays that follow: ${told.join('; ')}`;
  return { missed, n: faults.length, protocol };
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
