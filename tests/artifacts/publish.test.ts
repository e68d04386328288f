import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeArtifact } from '../../src/artifacts/artifact.ts';
import { writeDirectoryAtomically } from '../../src/artifacts/directory-swap.ts';
import { kindOf, openManifest } from '../../src/artifacts/manifest.ts';
import { currentVersion, publishVersion, setCurrentVersion } from '../../src/artifacts/publish.ts';
import { refusalOf } from './expect-refusal.ts';
import { temporaryFolder } from './temporary-folder.ts';

const base = temporaryFolder();
let count = 0;
let root: string;
let target: string;

beforeEach(() => {
  root = join(base, String(count++));
  mkdirSync(root);
  target = join(root, 'out');
});

const artifact = (seed: number) => (dir: string) => {
  writeArtifact(dir, { kind: 'dataset', meta: { seed }, tables: { t: { x: Uint8Array.of(seed) } } });
};
const seedOf = (dir: string) => openManifest(dir, 'dataset').meta['seed'];
const replace = { replace: 'dataset' };

/** Throws after each step in turn, as a full disk or a bug would. */
const failures: [string, (dir: string) => void | Promise<void>][] = [
  ['before anything is written', () => fail()],
  [
    'in the middle of a file',
    (dir) => {
      writeFileSync(join(dir, 't.arrow'), 'ARROW1');
      fail();
    },
  ],
  [
    'after a file, before the manifest',
    (dir) => {
      artifact(2)(dir);
      writeFileSync(join(dir, 'manifest.json'), '');
      fail();
    },
  ],
  [
    'after everything',
    async (dir) => {
      artifact(2)(dir);
      await Promise.resolve();
      fail();
    },
  ],
];
const fail = () => {
  throw new Error('killed here');
};

describe('writeDirectoryAtomically', () => {
  it('gives what write returns once the folder stands', async () => {
    const seen = await writeDirectoryAtomically(target, (dir) => {
      expect(existsSync(target)).toBe(false);
      expect(readdirSync(dir)).toEqual([]);
      artifact(1)(dir);
      return 'done';
    });
    expect(seen).toBe('done');
    expect(seedOf(target)).toBe(1);
    expect(readdirSync(root)).toEqual(['out']);
  });

  for (const [step, write] of failures) {
    it(`leaves nothing when it fails ${step}`, async () => {
      await expect(writeDirectoryAtomically(target, write, replace)).rejects.toThrow('killed here');
      expect(readdirSync(root)).toEqual([]);

      await writeDirectoryAtomically(target, artifact(1), replace);
      await expect(writeDirectoryAtomically(target, write, replace)).rejects.toThrow('killed here');
      expect(readdirSync(root)).toEqual(['out']);
      expect(seedOf(target)).toBe(1);

      const deep = join(root, 'new', 'deeper', 'out');
      await expect(writeDirectoryAtomically(deep, write)).rejects.toThrow('killed here');
      expect(readdirSync(root)).toEqual(['out']);
    });
  }

  it('replaces a folder of the kind whole, and an empty one', async () => {
    mkdirSync(target);
    await writeDirectoryAtomically(target, artifact(1), replace);
    await writeDirectoryAtomically(target, artifact(2), replace);
    expect(seedOf(target)).toBe(2);
    expect(readdirSync(root)).toEqual(['out']);
  });

  it('writes where a link points', async () => {
    mkdirSync(join(root, 'real'));
    symlinkSync(join(root, 'real'), target);
    await writeDirectoryAtomically(target, artifact(1), replace);
    expect(seedOf(join(root, 'real'))).toBe(1);
  });

  it('refuses what is not ours, and leaves it as it was', async () => {
    const refused = async (message: string) => {
      const before = readdirSync(target);
      const error = await refusalOf(() => writeDirectoryAtomically(target, artifact(9), replace));
      expect(error.message).toContain(`${target}: ${message}`);
      expect(readdirSync(target)).toEqual(before);
      expect(readdirSync(root)).toEqual(['out']);
    };
    mkdirSync(target);
    writeFileSync(join(target, 'notes.txt'), 'mine');
    await refused(
      'is not empty (holds notes.txt), expected a new or empty folder, or a marquee dataset to replace',
    );
    writeFileSync(join(target, 'manifest.json'), '{"kind":"dataset"}');
    await refused('is not empty');

    target = join(root, 'second');
    await writeDirectoryAtomically(target, artifact(1));
    expect((await refusalOf(() => writeDirectoryAtomically(target, artifact(2)))).message).toContain(
      'is not empty',
    );
    const other = { replace: 'model' };
    expect((await refusalOf(() => writeDirectoryAtomically(target, artifact(2), other))).code).toBe(
      'output-exists',
    );
    writeFileSync(join(target, 'notes.txt'), 'mine');
    const error = await refusalOf(() => writeDirectoryAtomically(target, artifact(2), replace));
    expect(error.message).toContain('holds notes.txt, which its manifest does not name');
    expect(seedOf(target)).toBe(1);
  });

  it('refuses a file in the place of the folder, or above it', async () => {
    writeFileSync(target, 'mine');
    expect((await refusalOf(() => writeDirectoryAtomically(target, artifact(1), replace))).message).toBe(
      `${target}: is a file, expected a new or empty folder`,
    );
    const below = join(target, 'out');
    expect((await refusalOf(() => writeDirectoryAtomically(below, artifact(1)))).code).toBe(
      'output-unwritable',
    );
    expect(readFileSync(target, 'utf8')).toBe('mine');
  });

  it('does not write over what came while it wrote', async () => {
    const write = (dir: string) => {
      artifact(1)(dir);
      mkdirSync(target);
      writeFileSync(join(target, 'notes.txt'), 'mine');
    };
    await refusalOf(() => writeDirectoryAtomically(target, write, replace));
    expect(readdirSync(target)).toEqual(['notes.txt']);
    expect(readdirSync(root)).toEqual(['out']);
  });

  it('ignores and clears what a killed process left, and nothing of a living one', async () => {
    const swapModule = new URL('../../src/artifacts/directory-swap.ts', import.meta.url).href;
    const script = `
      import { writeDirectoryAtomically } from ${JSON.stringify(swapModule)};
      import { writeFileSync } from 'node:fs';
      await writeDirectoryAtomically(${JSON.stringify(target)}, (dir) => {
        writeFileSync(dir + '/half', 'ha');
        process.kill(process.pid, 'SIGKILL');
      });`;
    const killed = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(root)).toEqual([`.out.partial-${killed.pid}-0`]);

    mkdirSync(join(root, `.out.partial-${process.ppid}-0`)); // the parent of this process lives
    await writeDirectoryAtomically(target, artifact(1), replace);
    expect(readdirSync(root).sort()).toEqual([`.out.partial-${process.ppid}-0`, 'out']);
  });

  it('puts back the folder that a killed process had moved away', async () => {
    const moved = join(root, `.out.replaced-${deadPid()}-7`);
    mkdirSync(moved);
    artifact(1)(moved);
    await expect(writeDirectoryAtomically(target, fail, replace)).rejects.toThrow('killed here');
    expect(seedOf(target)).toBe(1);
  });
});

const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

describe('a published version', () => {
  it('is current only when it is made so', async () => {
    const models = join(root, 'models');
    expect(currentVersion(models)).toBeUndefined();
    const one = await publishVersion(models, 'v1', artifact(1));
    expect(currentVersion(models)).toBeUndefined();
    setCurrentVersion(models, 'v1');
    expect(currentVersion(models)).toEqual(one);
    await publishVersion(models, 'v2', artifact(2));
    expect(currentVersion(models)).toEqual(one);
    setCurrentVersion(models, 'v2');
    expect(seedOf(currentVersion(models)!.dir)).toBe(2);
    setCurrentVersion(models, 'v1');
    expect(seedOf(currentVersion(models)!.dir)).toBe(1);
    expect(readdirSync(models).sort()).toEqual(['current', 'v1', 'v2']);
  });

  it('may hold several artifacts', async () => {
    const { dir } = await publishVersion(root, 'v1', (aside) => {
      artifact(1)(join(aside, 'ranker'));
      artifact(2)(join(aside, 'two-tower'));
    });
    expect([seedOf(join(dir, 'ranker')), seedOf(join(dir, 'two-tower'))]).toEqual([1, 2]);
  });

  for (const [step, write] of failures) {
    it(`leaves the current one current when it fails ${step}`, async () => {
      await publishVersion(root, 'v1', artifact(1));
      setCurrentVersion(root, 'v1');
      await expect(publishVersion(root, 'v2', write)).rejects.toThrow('killed here');
      expect(readdirSync(root).sort()).toEqual(['current', 'v1']);
      expect(currentVersion(root)?.name).toBe('v1');
      await publishVersion(root, 'v2', artifact(2)); // the name is free still
    });
  }

  it('is never written over', async () => {
    await publishVersion(root, 'v1', artifact(1));
    const error = await refusalOf(() => publishVersion(root, 'v1', artifact(2)));
    expect(error.message).toBe(`${join(root, 'v1')}: exists already, expected a new version name`);
    expect(seedOf(join(root, 'v1'))).toBe(1);
  });

  it('of two writers of one name goes to one of them, whole', async () => {
    const slow = (seed: number) => async (dir: string) => {
      await Promise.resolve();
      artifact(seed)(dir);
    };
    const results = await Promise.allSettled([
      publishVersion(root, 'v', slow(1)),
      publishVersion(root, 'v', slow(2)),
    ]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(seedOf(join(root, 'v'))).toBe(results[0].status === 'fulfilled' ? 1 : 2);
    expect(readdirSync(root)).toEqual(['v']);
  });

  it('has a plain name', async () => {
    for (const name of ['', '.', '..', '.hidden', 'a/b', 'current', 'a b', 'x'.repeat(101)]) {
      expect((await refusalOf(() => publishVersion(root, name, artifact(1)))).code).toBe('version-name');
    }
    expect(readdirSync(root)).toEqual([]);
  });

  it('must be there to be made current, and to be current', async () => {
    expect((await refusalOf(() => setCurrentVersion(root, 'v1'))).message).toContain('no such folder');
    writeFileSync(join(root, 'current'), 'v1\n');
    expect((await refusalOf(() => currentVersion(root))).message).toContain('names "v1"');
    writeFileSync(join(root, 'current'), '../x');
    expect((await refusalOf(() => currentVersion(root))).code).toBe('version-missing');
  });

  it('leaves a pointer half-written by a killed process unread, and clears it', async () => {
    await publishVersion(root, 'v1', artifact(1));
    writeFileSync(join(root, `.current.partial-${deadPid()}-0`), 'v');
    expect(currentVersion(root)).toBeUndefined();
    setCurrentVersion(root, 'v1');
    expect(readdirSync(root).sort()).toEqual(['current', 'v1']);
    expect(kindOf(root)).toBeUndefined();
  });
});
