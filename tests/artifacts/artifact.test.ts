import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openTables, readTable, tableNames, writeArtifact } from '../../src/artifacts/artifact.ts';
import { numbersOf } from '../../src/artifacts/columns.ts';
import { type Manifest, openManifest, readVerified, writeManifest } from '../../src/artifacts/manifest.ts';
import { refusalOf } from './expect-refusal.ts';
import { temporaryFolder } from './temporary-folder.ts';

const decode = vi.hoisted(() => ({ calls: 0 }));
vi.mock('../../src/artifacts/arrow-file.ts', async (original) => {
  const real = await original<typeof import('../../src/artifacts/arrow-file.ts')>();
  return {
    ...real,
    decodeArrow: (...args: Parameters<typeof real.decodeArrow>) => {
      decode.calls++;
      return real.decodeArrow(...args);
    },
  };
});

const root = temporaryFolder();
let count = 0;
let dir: string;
const file = () => join(dir, 'weights.arrow');
const manifestPath = () => join(dir, 'manifest.json');
const meta = { seed: 0, generator: 'test', nested: { list: [1, 'two', null, -0.5] } };

beforeEach(() => {
  dir = join(root, String(count++));
  writeArtifact(dir, {
    kind: 'model',
    meta,
    tables: { weights: { value: Float32Array.of(0, 1.5, -2) }, empty: { id: [] } },
  });
  decode.calls = 0;
});

const open = () => {
  const manifest = openManifest(dir, 'model');
  return numbersOf(readTable(dir, manifest, 'weights'), 'value', Float32Array);
};

/** Calls `look` with each bit of the file flipped in turn, and leaves the file as it was. */
const withEachBitFlipped = (path: string, look: (bit: number) => void): void => {
  const whole = readFileSync(path);
  const fd = openSync(path, 'r+');
  for (let bit = 0; bit < 8 * whole.length; bit++) {
    const at = bit >> 3;
    writeSync(fd, Uint8Array.of(whole[at] ^ (1 << (bit & 7))), 0, 1, at);
    look(bit);
    writeSync(fd, whole, at, 1, at);
  }
  closeSync(fd);
};

/** Rewrites the manifest with a true seal, as only a program can. */
const reseal = (change: (manifest: Manifest) => Omit<Manifest, 'formatVersion'>): void => {
  const manifest = openManifest(dir, 'model');
  rmSync(manifestPath());
  writeManifest(dir, change(manifest));
};

describe('an artifact', () => {
  it('gives back its tables and its meta', () => {
    const manifest = openManifest(dir, 'model');
    expect(manifest.meta).toEqual(meta);
    expect(manifest.files.map(({ name, rows }) => [name, rows])).toEqual([
      ['weights.arrow', 3],
      ['empty.arrow', 0],
    ]);
    expect(open()).toEqual(Float32Array.of(0, 1.5, -2));
    expect(readTable(dir, manifest, 'empty').rows).toBe(0);
  });

  it('is refused, unparsed, with any one bit of a table flipped', async () => {
    withEachBitFlipped(file(), (bit) => expect(open, `bit ${bit}`).toThrow('SHA-256 is'));
    expect(decode.calls).toBe(0);
    expect(open()).toEqual(Float32Array.of(0, 1.5, -2)); // the flipping put everything back

    writeFileSync(file(), readFileSync(file()).fill(0));
    const error = await refusalOf(open);
    expect(error.code).toBe('file-checksum');
    expect(error.message).toContain(file());
  });

  it('is refused, unparsed, where tables are verified side by side', async () => {
    const openAll = () => {
      const manifest = openManifest(dir, 'model');
      return openTables(dir, manifest, tableNames(manifest));
    };
    const whole = readFileSync(file());
    const flipped = Uint8Array.from(whole, (byte, i) => (i === whole.length >> 1 ? byte ^ 1 : byte));
    for (const [bytes, code] of [
      [flipped, 'file-checksum'],
      [whole.subarray(1), 'file-size'],
    ] as const) {
      writeFileSync(file(), bytes);
      const error = await refusalOf(openAll);
      expect(error.code).toBe(code);
      expect(error.message).toContain(file());
    }
    expect(decode.calls).toBe(0);

    writeFileSync(file(), whole);
    const tableOf = await openAll();
    expect(decode.calls).toBe(0);
    expect(tableOf('weights')).toEqual(readTable(dir, openManifest(dir, 'model'), 'weights'));
    expect(tableOf('empty').rows).toBe(0);
    expect((await refusalOf(() => tableOf('other'))).code).toBe('file-missing');
  });

  it('verifies a table that is asked for without having been named', async () => {
    const tableOf = await openTables(dir, openManifest(dir, 'model'), ['empty']);
    writeFileSync(file(), readFileSync(file()).fill(0));
    expect((await refusalOf(() => tableOf('weights'))).code).toBe('file-checksum');
  });

  it('is refused, unparsed, with a table cut short anywhere, or longer', async () => {
    const { length } = readFileSync(file());
    writeFileSync(file(), Buffer.alloc(1), { flag: 'a' });
    expect((await refusalOf(open)).message).toBe(`${file()}: ${length + 1} bytes, expected ${length}`);
    for (let size = length - 1; size >= 0; size--) {
      truncateSync(file(), size);
      expect(open).toThrow(`${file()}: ${size} bytes, expected ${length} (the file is cut short)`);
    }
    expect(decode.calls).toBe(0);
    expect((await refusalOf(open)).code).toBe('file-size');
  });

  it('is refused with any one bit of its manifest flipped, unless that changes blanks alone', () => {
    const content = JSON.stringify(openManifest(dir, 'model'));
    const { length } = readFileSync(manifestPath());
    let refused = 0;
    withEachBitFlipped(manifestPath(), () => {
      let opened: Manifest | undefined;
      try {
        opened = openManifest(dir, 'model');
      } catch (thrown) {
        refused++;
        expect((thrown as Error).message).toContain(manifestPath());
      }
      if (opened !== undefined) expect(JSON.stringify(opened)).toBe(content);
    });
    expect(refused).toBeGreaterThan(4 * length); // more than half of the bits are not in blanks
  });

  it('says in one line what is missing', async () => {
    const nowhere = join(dir, 'nowhere');
    const folder = await refusalOf(() => openManifest(nowhere, 'model'));
    expect(folder.message).toBe(`${nowhere}: no such folder, expected a marquee model`);
    expect((await refusalOf(() => openManifest(file(), 'model'))).message).toContain('is a file');

    const manifest = openManifest(dir, 'model');
    const unnamed = await refusalOf(() => readVerified(dir, manifest, 'other.arrow'));
    expect(unnamed.message).toContain('not named in manifest.json, which names weights.arrow, empty.arrow');
    rmSync(file());
    expect((await refusalOf(open)).message).toMatch(/weights\.arrow: not found, expected \d+ bytes/);
    mkdirSync(file());
    expect((await refusalOf(open)).message).toContain(file());
    rmSync(manifestPath());
    const noManifest = await refusalOf(open);
    expect(noManifest.message).toBe(`${manifestPath()}: not found, expected the manifest of a marquee model`);
  });

  it('says in one line what is wrong with the manifest', async () => {
    const cases: [string, string][] = [
      ['', 'not JSON'],
      ['{\n "kind":', 'not JSON'],
      ['\u00ff', 'not JSON'],
      ['[]', '[], expected the manifest'],
      ['null', 'null, expected the manifest'],
      ['{}', 'format version missing, expected 1'],
      ['{"formatVersion":2}', 'format version 2, expected 1'],
      ['{"formatVersion":1,"kind":"dataset"}', 'kind "dataset", expected "model"'],
      ['{"formatVersion":1,"kind":"model"}', 'meta missing'],
      ['{"formatVersion":1,"kind":"model","meta":{},"files":{}}', 'files {}, expected a list'],
      ['{"formatVersion":1,"kind":"model","meta":{},"files":[1]}', 'files[0] 1'],
      ['{"formatVersion":1,"kind":"model","meta":{},"files":[{"name":"../x"}]}', 'files[0].name "../x"'],
      ['{"formatVersion":1,"kind":"model","meta":{},"files":[{"name":"x"}]}', 'files[0].sha256 missing'],
      [
        '{"formatVersion":1,"kind":"model","meta":{},"files":[{"name":"x","sha256":"","bytes":-1}]}',
        'bytes -1',
      ],
      ['{"formatVersion":1,"kind":"model","meta":{},"files":[]}', 'expected missing'],
    ];
    for (const [content, message] of cases) {
      writeFileSync(manifestPath(), content, content === '\u00ff' ? 'latin1' : 'utf8');
      const error = await refusalOf(open);
      expect(error.message).toContain(manifestPath());
      expect(error.message).toContain(message);
    }
  });

  it('is refused when a sealed manifest tells another number of rows', async () => {
    reseal(({ kind, meta: same, files }) => ({
      kind,
      meta: same,
      files: files.map((f) => ({ ...f, rows: 4 })),
    }));
    expect((await refusalOf(open)).message).toBe(`${file()}: 3 rows, expected 4 as the manifest says`);
  });

  it('never writes over a file, and names none outside its folder', () => {
    expect(() => writeArtifact(dir, { kind: 'model', meta: {}, tables: { weights: { x: ['y'] } } })).toThrow(
      'EEXIST',
    );
    expect(open()).toEqual(Float32Array.of(0, 1.5, -2));
    const files = [{ name: '../x', sha256: '', bytes: 0, rows: 0 }];
    expect(() => writeManifest(dir, { kind: 'model', meta: {}, files })).toThrow(RangeError);
  });
});
