import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { expectWritableDataset, openDataset, writeDataset } from '../../datasets/arrow-tables.ts';
import { writeArtifact } from '../../src/artifacts/artifact.ts';
import type { Columns } from '../../src/artifacts/columns.ts';
import { MarqueeError } from '../../src/domain/errors.ts';
import { codesOf, type Dataset, NO_IMPRESSION } from '../../src/domain/tables.ts';
import { refusalOf } from '../artifacts/expect-refusal.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';
import { smallDataset, smallRatings } from './small-dataset.ts';

const root = temporaryFolder();
const source = { kind: 'simulated', config: { seed: 0, titles: 3 } };
let count = 0;
let dir: string;

beforeEach(() => {
  dir = join(root, String(count++));
});

describe('a dataset', () => {
  it('comes back as it was written, with its source', async () => {
    await writeDataset(dir, smallDataset(), source);
    const opened = await openDataset(dir);
    expect(opened.dataset).toEqual(smallDataset());
    expect(opened.source).toEqual(source);
    expect(opened.manifest.files.map(({ name, rows }) => `${name} ${rows}`)).toEqual([
      'titles.arrow 3',
      'members.arrow 2',
      'artworks.arrow 4',
      'impressions.arrow 4',
      'plays.arrow 5',
    ]);
    expect(codesOf(opened.dataset.titles.genres, 0)).toEqual(Uint8Array.of(1, 3));
  });

  it('may lack artworks and impressions', async () => {
    await writeDataset(dir, smallRatings(), source);
    const { dataset } = await openDataset(dir);
    expect(dataset).toEqual(smallRatings());
    expect('artworks' in dataset || 'impressions' in dataset).toBe(false);
    expect(readdirSync(dir).sort()).toEqual([
      'manifest.json',
      'members.arrow',
      'plays.arrow',
      'titles.arrow',
    ]);
  });

  it('comes back whatever plays it holds', async () => {
    const play = fc.record({
      member: fc.nat(1),
      title: fc.nat(2),
      time: fc.integer({ min: 0, max: 4e12 }),
      watchedFraction: fc.float({ min: 0, max: 1, noNaN: true }),
      device: fc.nat(2),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(play, { maxLength: 30 }), async (unsorted) => {
        const rows = unsorted.toSorted((a, b) => a.time - b.time);
        const dataset: Dataset = {
          ...smallRatings(),
          plays: {
            member: Uint32Array.from(rows, (row) => row.member),
            title: Uint32Array.from(rows, (row) => row.title),
            time: Float64Array.from(rows, (row) => row.time),
            watchedFraction: Float32Array.from(rows, (row) => row.watchedFraction),
            device: Uint8Array.from(rows, (row) => row.device),
            impression: new Uint32Array(rows.length).fill(NO_IMPRESSION),
          },
        };
        await writeDataset(dir, dataset, source);
        expect((await openDataset(dir)).dataset).toEqual(dataset);
      }),
      { numRuns: 15, seed: 7 },
    );
  });

  it('has the same bytes each time', async () => {
    const bytes = (from: string) => readdirSync(from).map((name) => readFileSync(join(from, name), 'hex'));
    await writeDataset(dir, smallDataset(), source);
    await writeDataset(`${dir}-again`, smallDataset(), source);
    expect(bytes(`${dir}-again`)).toEqual(bytes(dir));
  });

  it('replaces a dataset and nothing else', async () => {
    await writeDataset(dir, smallDataset(), source);
    expectWritableDataset(dir);
    await writeDataset(dir, smallRatings(), source);
    expect(existsSync(join(dir, 'impressions.arrow'))).toBe(false);
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    expect((await refusalOf(() => expectWritableDataset(dir))).message).toContain('notes.txt');
    await refusalOf(() => writeDataset(dir, smallDataset(), source));
    expect(existsSync(join(dir, 'impressions.arrow'))).toBe(false);
  });

  it('names the file that is missing, cut short or altered', async () => {
    const path = join(dir, 'plays.arrow');
    expect((await refusalOf(() => openDataset(dir))).message).toBe(
      `${dir}: no such folder, expected a marquee dataset`,
    );
    await writeDataset(dir, smallDataset(), source);
    const whole = readFileSync(path);
    const damaged = Buffer.from(whole);
    damaged[whole.length >> 1] ^= 4;
    writeFileSync(path, damaged);
    const altered = await refusalOf(() => openDataset(dir));
    expect(altered.code).toBe('file-checksum');
    expect(altered.message).toContain(`${path}: SHA-256 is`);
    truncateSync(path, 100);
    expect((await refusalOf(() => openDataset(dir))).message).toBe(
      `${path}: 100 bytes, expected ${whole.length} (the file is cut short)`,
    );
    rmSync(path);
    expect((await refusalOf(() => openDataset(dir))).message).toContain(`${path}: not found`);
  });
});

type Draft = ReturnType<typeof smallDataset>;

/** Each spoils one promise of the tables, and says where that must be found. */
const flaws: [string, (draft: Draft) => void][] = [
  ['titles: column id, row 2: got "t0", expected another than row 0 has', (d) => (d.titles.ids[2] = 't0')],
  ['titles: column names: got 2 values, expected 3', (d) => d.titles.names.pop()],
  ['titles: column kind, row 1: got 3, expected less than 3', (d) => (d.titles.kind[1] = 3)],
  ['titles: column genres, row 2: got code 4, expected less than 4', (d) => (d.titles.genres.codes[2] = 4)],
  ['titles: column genres, row 1: got offset 1, expected >= 2', (d) => (d.titles.genres.offsets[2] = 1)],
  ['titles: column genres, row 0: got offset 1, expected 0', (d) => (d.titles.genres.offsets[0] = 1)],
  ['titles: column genres, row 3: got offset 2, expected 3', (d) => (d.titles.genres.offsets[3] = 2)],
  [
    'titles: column genres: got 3 offsets, expected 4',
    (d) => (d.titles.genres.offsets = Uint32Array.of(0, 2, 3)),
  ],
  ['titles: column runtimeMinutes, row 0: got -1', (d) => (d.titles.runtimeMinutes[0] = -1)],
  ['members: column id, row 1: got "m0"', (d) => (d.members.ids[1] = 'm0')],
  ['members: column country, row 0: got 3, expected less than 3', (d) => (d.members.country[0] = 3)],
  ['members: column device, row 0: got 3', (d) => (d.members.device[0] = 3)],
  ['members: column campaign, row 1: got 2', (d) => (d.members.campaign[1] = 2)],
  ['members: column surveyGenres, row 1: got code 9', (d) => (d.members.surveyGenres.codes[1] = 9)],
  ['artworks: column title, row 3: got 3, expected less than 3', (d) => (d.artworks.title[3] = 3)],
  ['artworks: column title, row 1: got 0, expected >= the title', (d) => (d.artworks.title[0] = 1)],
  ['artworks: column titleOffsets', (d) => (d.artworks.titleOffsets[1] = 1)],
  ['artworks: column theme: got 8 values, expected 12', (d) => (d.artworks.themeSize = 3)],
  ['artworks: column theme, row 7: got NaN', (d) => (d.artworks.theme[7] = Number.NaN)],
  ['impressions: column member, row 0: got 2, expected less than 2', (d) => (d.impressions.member[0] = 2)],
  ['impressions: column title, row 3: got 4', (d) => (d.impressions.title[3] = 4)],
  ['impressions: column artwork, row 2: got 4, expected less than 4', (d) => (d.impressions.artwork[2] = 4)],
  [
    "impressions: column artwork, row 0: got 2, expected an artwork of the row's title",
    (d) => (d.impressions.artwork[0] = 2),
  ],
  ['impressions: column time, row 1: got 1599999999999', (d) => (d.impressions.time[1] -= 1)],
  ['impressions: column time, row 0: got NaN', (d) => (d.impressions.time[0] = Number.NaN)],
  ['impressions: column policy, row 0: got 2', (d) => (d.impressions.policy[0] = 2)],
  ['impressions: column device, row 0: got 3', (d) => (d.impressions.device[0] = 3)],
  [
    'impressions: column propensity, row 1: got 0, expected more than 0',
    (d) => (d.impressions.propensity[1] = 0),
  ],
  ['impressions: column propensity, row 1: got NaN', (d) => (d.impressions.propensity[1] = Number.NaN)],
  [
    'impressions: column artworkPropensity, row 2: got 1.5',
    (d) => (d.impressions.artworkPropensity[2] = 1.5),
  ],
  ['impressions: column clicked, row 0: got 2', (d) => (d.impressions.clicked[0] = 2)],
  ['plays: column member, row 4: got 2', (d) => (d.plays.member[4] = 2)],
  ['plays: column title, row 0: got 3', (d) => (d.plays.title[0] = 3)],
  ['plays: column time, row 2: got 1, expected whole milliseconds, no earlier', (d) => (d.plays.time[2] = 1)],
  [
    'plays: column watchedFraction, row 1: got NaN, expected 0 to 1',
    (d) => (d.plays.watchedFraction[1] = Number.NaN),
  ],
  ['plays: column watchedFraction, row 1: got 1.5', (d) => (d.plays.watchedFraction[1] = 1.5)],
  ['plays: column watchedFraction, row 0: got -0.5', (d) => (d.plays.watchedFraction[0] = -0.5)],
  ['plays: column impression, row 0: got 4, expected NO_IMPRESSION, or', (d) => (d.plays.impression[0] = 4)],
  ['plays: column impression, row 1: got 1', (d) => (d.plays.impression[1] = 1)],
  ['plays: column impression, row 0: got 2', (d) => (d.plays.impression[0] = 2)],
  ['plays: column impression, row 1: got 0', (d) => (d.plays.time[1] = 1.6e12 - 1)],
  [
    "meta.vocabulary.genres is [], expected a list of at most 256 texts, the first of them 'unknown'",
    (d) => (d.vocabulary.genres = []),
  ],
  ['meta.policies is', (d) => (d.impressions.policies = new Array(257).fill('x'))],
];

describe('a dataset that breaks a promise of the tables', () => {
  for (const [message, spoil] of flaws) {
    it(`is not written: ${message}`, async () => {
      const draft = smallDataset();
      spoil(draft);
      const error = await writeDataset(dir, draft, source).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(MarqueeError);
      expect((error as MarqueeError).kind).toBe('bug');
      expect((error as MarqueeError).message).toContain(message.replace(/^(\w+): /, 'dataset small, $1: '));
      expect(existsSync(dir)).toBe(false);
    });
  }

  /** Writes sealed files that our own writer would have refused. */
  const writeSpoiled = async (table: string, spoil: (columns: Record<string, Columns[string]>) => void) => {
    await writeDataset(dir, smallDataset(), source);
    const { manifest } = await openDataset(dir);
    const { plays, titles, members, vocabulary } = smallRatings();
    const coded = (codes: Uint8Array, list: readonly string[]) => ({ kind: 'coded', codes, list }) as const;
    const tables: Record<string, Record<string, Columns[string]>> = {
      titles: {
        id: titles.ids,
        name: titles.names,
        kind: coded(titles.kind, vocabulary.kinds),
        genres: { kind: 'code-lists', ...titles.genres, list: vocabulary.genres },
        language: coded(titles.language, vocabulary.languages),
        releaseDay: { kind: 'days', values: titles.releaseDay },
        runtimeMinutes: titles.runtimeMinutes,
      },
      members: {
        id: members.ids,
        country: coded(members.country, vocabulary.countries),
        device: coded(members.device, vocabulary.devices),
        signupDay: { kind: 'days', values: members.signupDay },
        campaign: coded(members.campaign, vocabulary.campaigns),
        surveyGenres: { kind: 'code-lists', ...members.surveyGenres, list: vocabulary.genres },
      },
      plays: {
        member: plays.member,
        title: plays.title,
        time: { kind: 'timestamps', values: plays.time },
        watchedFraction: plays.watchedFraction,
        device: coded(plays.device, vocabulary.devices),
        impression: plays.impression,
      },
    };
    spoil(tables[table]);
    rmSync(dir, { recursive: true });
    writeArtifact(dir, { kind: 'dataset', meta: manifest.meta, tables });
  };

  const sealed: [string, string, (columns: Record<string, Columns[string]>) => void][] = [
    ['plays', 'no column time, found: member', (c) => delete c['time']],
    [
      'plays',
      'column member holds Int32Array, expected Uint32Array',
      (c) => (c['member'] = new Int32Array(5)),
    ],
    ['plays', 'column time holds numbers, expected timestamps', (c) => (c['time'] = new Float64Array(5))],
    [
      'plays',
      'column member, row 1: got 7, expected less than 2',
      (c) => (c['member'] = Uint32Array.of(0, 7, 0, 0, 0)),
    ],
    [
      'plays',
      'column device, code 1: got "phone", expected "tv"',
      (c) => (c['device'] = { kind: 'coded', codes: new Uint8Array(5), list: ['unknown', 'phone', 'tv'] }),
    ],
    [
      'plays',
      'column device, code 3: got "radio", expected none',
      (c) =>
        (c['device'] = {
          kind: 'coded',
          codes: new Uint8Array(5),
          list: ['unknown', 'tv', 'phone', 'radio'],
        }),
    ],
    [
      'plays',
      'column device holds Uint32Array codes, expected Uint8Array',
      (c) => (c['device'] = { kind: 'coded', codes: new Uint32Array(5), list: ['unknown', 'tv', 'phone'] }),
    ],
    ['titles', 'column kind holds numbers, expected coded', (c) => (c['kind'] = new Uint8Array(3))],
    ['members', 'column id, row 1: got "x"', (c) => (c['id'] = ['x', 'x'])],
  ];
  for (const [table, message, spoil] of sealed) {
    it(`is not opened: ${table}: ${message}`, async () => {
      await writeSpoiled(table, spoil);
      expect((await refusalOf(() => openDataset(dir))).message).toContain(
        `${join(dir, `${table}.arrow`)}: ${message}`,
      );
    });
  }

  it('is not opened without its vocabulary', async () => {
    writeArtifact(dir, {
      kind: 'dataset',
      meta: { name: 'x', source: { kind: 'y' }, policies: [] },
      tables: {},
    });
    expect((await refusalOf(() => openDataset(dir))).message).toBe(
      `${join(dir, 'manifest.json')}: meta.vocabulary is missing, expected an object of lists`,
    );
  });
});

describe('a million plays', () => {
  it('are written and opened in moments', async () => {
    const rows = 1_000_000;
    const dataset: Dataset = {
      ...smallRatings(),
      plays: {
        member: new Uint32Array(rows).map((_, i) => i & 1),
        title: new Uint32Array(rows).map((_, i) => i % 3),
        time: new Float64Array(rows).map((_, i) => 1.6e12 + i),
        watchedFraction: new Float32Array(rows).fill(0.5),
        device: new Uint8Array(rows).fill(1),
        impression: new Uint32Array(rows).fill(NO_IMPRESSION),
      },
    };
    const start = performance.now();
    await writeDataset(dir, dataset, source);
    const written = performance.now();
    const { dataset: opened } = await openDataset(dir);
    const end = performance.now();
    const [writeMs, openMs] = [written - start, end - written].map((ms) => ms.toFixed(0));
    console.log(`1,000,000 plays: checked and written in ${writeMs} ms, verified and opened in ${openMs} ms`);
    expect(opened.plays.time[rows - 1]).toBe(1.6e12 + rows - 1);
  });
});
