/** Versions with a damaged file, offered to a service that serves: each must be refused before a byte is parsed. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { currentVersion, setCurrentVersion } from '../../src/artifacts/publish.ts';
import { MarqueeError } from '../../src/domain/errors.ts';
import { heldTo, type StageRow } from '../../src/domain/measurement.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { copyVersion } from '../../src/experiments/faults/copied-version.ts';
import { damaged } from '../../src/experiments/faults/damage.ts';
import { openModels } from '../../src/serving/model-version.ts';
import { openService } from '../../src/serving/service.ts';
import { workPlaces } from '../../src/serving/work-places.ts';
import type { FaultOptions } from './contract.ts';

export interface DamageOutcome {
  readonly damages: number;
  /** What was not refused as it should be: the file, the damage, and what happened instead. */
  readonly accepted: readonly string[];
  /** Versions that a service was offered; it opens each whole, so these are fewer. */
  readonly offered: number;
}

export interface DamagePlan {
  /** Where a version was published. */
  readonly workDir: string;
  readonly damages: number;
  /** Every how manieth a running service is offered too. */
  readonly offerEvery: number;
  readonly rng: Rng;
  /** Reads a version; the guard that is tried. Default `openModels`. */
  readonly read?: (dir: string) => Promise<unknown>;
}

/** What verification says, before anything is parsed. */
const VERIFIED = /^(file|manifest)-/;

export const damageVersions = async (plan: DamagePlan): Promise<DamageOutcome> => {
  const { workDir, damages, offerEvery, rng, read = openModels } = plan;
  const places = workPlaces(workDir);
  const root = places.models;
  const good = currentVersion(root);
  if (good === undefined) throw new Error(`${root}: expected a version to damage`);
  const files = readdirSync(good.dir);
  const accepted: string[] = [];
  let offered = 0;
  const service = await openService(
    { ...places, store: { kind: 'memory' } },
    { limits: { eventLoopDelayMs: 60_000 } }, // nothing is shed where the machine is slow
  );
  try {
    for (let i = 0; i < damages; i++) {
      const draws = rng.fork(`damage/${i}`);
      const file = files[Math.floor(draws.next() * files.length)];
      const whole = readFileSync(join(good.dir, file));
      const { damage, bytes } = damaged(whole, draws);
      if (holdsTheSame(file, whole, bytes)) continue;
      const bad = await copyVersion(good, root, `damaged-${i}`, new Map([[file, bytes]]));
      const path = join(bad.dir, file);
      const complain = (what: string): void => void accepted.push(`${file}, ${damage}: ${what}`);
      await read(bad.dir).then(
        () => complain('opened'),
        (thrown: unknown) => {
          const isVerified = thrown instanceof MarqueeError && VERIFIED.test(thrown.code);
          if (!isVerified || !thrown.message.includes(path)) complain(String(thrown));
        },
      );
      if (i % offerEvery === 0) {
        offered += 1;
        setCurrentVersion(root, bad.name);
        await service.versions.look();
        const { serving, refused } = service.versions.state();
        const why = refused.find(({ version }) => version === bad.name)?.why;
        const page = await service.app.inject('/v1/members/nobody/homepage');
        if (serving !== good.name || why?.includes(path) !== true) complain(`served ${serving}, told ${why}`);
        if (page.statusCode !== 200 || page.json().modelVersion !== good.name) complain('no page meanwhile');
      }
      rmSync(bad.dir, { recursive: true });
    }
  } finally {
    setCurrentVersion(root, good.name);
    await service.app.close();
    await service.close();
  }
  return { damages, accepted, offered };
};

/** The manifest is JSON, in which blanks after the end say nothing. */
const holdsTheSame = (file: string, whole: Uint8Array, bytes: Uint8Array): boolean =>
  file.endsWith('.json') &&
  Buffer.from(whole).toString().trimEnd() === Buffer.from(bytes).toString().trimEnd();

export const measureDamage = async (
  options: Pick<FaultOptions, 'workDir' | 'small' | 'rng' | 'progress'>,
): Promise<StageRow[]> => {
  const { workDir, small, rng, progress } = options;
  const step = progress.step('damage versions');
  const plan = { workDir, damages: small ? 100 : 1_000, offerEvery: small ? 10 : 20 };
  const { damages, accepted, offered } = await damageVersions({ ...plan, rng: rng.fork('damage') });
  step.end(
    `${damages} damages, ${accepted.length} accepted${accepted.length === 0 ? '' : `: ${accepted[0]}`}`,
  );
  return [
    {
      stage: 'publish',
      measurement: heldTo(
        {
          ...{ name: 'damage.accepted', value: accepted.length, unit: 'damages', n: damages },
          definition:
            'damaged versions that were not refused by verification, before parsing, with an error that names the file; or that a running service took up, or for which it gave no page of the old version',
          protocol: `one file of a published version, drawn at random, with a bit flipped or cut short, even odds; each is opened, and ${offered} of them are made current under a service that serves, which is asked for a page then`,
        },
        0,
      ),
    },
  ];
};
