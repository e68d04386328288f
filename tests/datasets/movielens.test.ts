import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDataset } from '../../datasets/arrow-tables.ts';
import { importMovielens } from '../../datasets/movielens.ts';
import { watchedFractionOf } from '../../datasets/ratings-table.ts';
import { codesOf, type Dataset, FINISHED_FRACTION, NO_IMPRESSION } from '../../src/domain/tables.ts';
import { refusalOf } from '../artifacts/expect-refusal.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';

const root = temporaryFolder();
let count = 0;
let from: string;
let out: string;

beforeEach(() => {
  const dir = join(root, String(count++));
  [from, out] = [join(dir, 'ml-tiny'), join(dir, 'out')];
  mkdirSync(from, { recursive: true });
});

type Files = Record<string, string>;

const put = (files: Files, encoding: BufferEncoding = 'utf8') => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(from, name), text, encoding);
};

const imported = async (): Promise<Dataset> => {
  await importMovielens(from, out);
  return (await openDataset(out)).dataset;
};

const day = (text: string): number => Date.parse(`${text}T00:00Z`) / 86_400_000;
const genresOf = ({ titles, vocabulary }: Dataset): string[][] =>
  titles.ids.map((_, row) => Array.from(codesOf(titles.genres, row), (code) => vocabulary.genres[code]));

const csv: Files = {
  'ratings.csv':
    'userId,movieId,rating,timestamp\r\n7,10,4.0,1000000000\r\n7,3,3.5,1000000000\r\n2,10,0.5,900000000\r\n2,3,3.0,1000000001\r\n',
  'movies.csv':
    'movieId,title,genres\r\n' +
    '3,"Lake, The (Le ""Lac"") (1987)",Drama|Action\r\n' +
    '10,Amélie (2001),Comedy\r\n' +
    '11,No Year At All,(no genres listed)\r\n' +
    '12,Long Run (2006–2007),Drama|Drama\r\n' +
    '13,Seven (Se7en) (1995) ,Action\r\n',
};

const dat: Files = {
  'ratings.dat': '1::5::5::978300760\n1::6::3::978302109\n2::5::4::978301968\n',
  'movies.dat': "5::Cité des enfants perdus, La (1995)::Children's|Drama\n6::Face::Off (1997)::Action\n",
  'users.dat': '1::F::1::10::48067\n2::M::56::16::70072\n',
};

const hundredK: Files = {
  'u.data': '196\t2\t3\t881250949\n186\t1\t5\t891717742\n',
  'u.item':
    '1|Toy Story (1995)|01-Jan-1995||http://a/?b|0|1|1\n2|Señor (1996)|4-Feb-1996||http://c|0|0|1\n3|unknown|||-|1|0|0\n',
  'u.genre': "unknown|0\nAnimation|1\nChildren's|2\n\n",
  'u.user': '1|24|M|technician|85711\n',
};

describe('importMovielens', () => {
  it('reads the CSV layout', async () => {
    put(csv);
    const dataset = await imported();
    const { titles, members, plays } = dataset;
    expect(dataset.name).toBe('ml-tiny');
    expect(titles.ids).toEqual(['3', '10', '11', '12', '13']);
    expect(titles.names).toEqual([
      'Lake, The (Le "Lac")',
      'Amélie',
      'No Year At All',
      'Long Run',
      'Seven (Se7en)',
    ]);
    expect([...titles.releaseDay]).toEqual([
      day('1987-01-01'),
      day('2001-01-01'),
      day('1998-07-09'), // the day of the log's first rating, 900000000
      day('2006-01-01'),
      day('1995-01-01'),
    ]);
    expect(dataset.vocabulary.genres).toEqual(['unknown', 'Action', 'Comedy', 'Drama']);
    expect(genresOf(dataset)).toEqual([['Drama', 'Action'], ['Comedy'], [], ['Drama'], ['Action']]);
    expect([...titles.kind].map((code) => dataset.vocabulary.kinds[code])).toEqual(Array(5).fill('movie'));
    expect(
      [...titles.language, ...members.country, ...members.device, ...plays.device].some((code) => code !== 0),
    ).toBe(false);
    expect([...titles.runtimeMinutes].every(Number.isNaN)).toBe(true);

    expect(members.ids).toEqual(['7', '2']);
    expect([...members.signupDay]).toEqual([day('2001-09-09'), day('1998-07-09')]);
    expect([...plays.time]).toEqual([9e11, 1e12, 1e12, 1e12 + 1000]); // equal times in the order of the file
    expect([...plays.member]).toEqual([1, 0, 0, 1]);
    expect([...plays.title]).toEqual([1, 1, 0, 0]);
    expect([...plays.watchedFraction].map((x) => Number(x.toFixed(6)))).toEqual([0.1, 0.8, 0.7, 0.6]);
    expect([...plays.watchedFraction].map((x) => x >= FINISHED_FRACTION)).toEqual([false, true, true, false]);
    expect([...plays.impression]).toEqual(Array(4).fill(NO_IMPRESSION));
    expect((await openDataset(out)).source).toEqual({ kind: 'movielens', layout: 'ml-latest' });
  });

  it('reads a CSV that begins with a byte order mark, and lines that end plainly', async () => {
    put({ ...csv, 'ratings.csv': `\uFEFF${csv['ratings.csv'].replaceAll('\r', '')}\n\n` });
    expect((await imported()).plays.time.length).toBe(4);
  });

  it('reads the :: layout in latin-1, and in UTF-8 as ML-10M has it', async () => {
    for (const encoding of ['latin1', 'utf8'] as const) {
      put(dat, encoding);
      const dataset = await imported();
      expect(dataset.titles.names).toEqual(['Cité des enfants perdus, La', 'Face::Off']);
      expect(genresOf(dataset)).toEqual([["Children's", 'Drama'], ['Action']]);
      expect(dataset.members.ids).toEqual(['1', '2']);
      expect([...dataset.plays.time]).toEqual([978300760e3, 978301968e3, 978302109e3]);
      expect((await openDataset(out)).source['layout']).toBe('ml-1m');
    }
  });

  it('reads the u. layout in latin-1', async () => {
    put(hundredK, 'latin1');
    const dataset = await imported();
    expect(dataset.titles.names).toEqual(['Toy Story', 'Señor', 'unknown']);
    expect([...dataset.titles.releaseDay]).toEqual([day('1995-01-01'), day('1996-02-04'), day('1997-12-04')]);
    expect(genresOf(dataset)).toEqual([['Animation', "Children's"], ["Children's"], []]);
    expect(dataset.vocabulary.genres).toEqual(['unknown', 'Animation', "Children's"]);
    expect(dataset.members.ids).toEqual(['196', '186']);
  });

  it('takes the layout named when there are several', async () => {
    put(csv);
    put(dat, 'latin1');
    expect((await refusalOf(() => importMovielens(from, out))).message).toBe(
      `${from}: holds files of ml-latest and ml-1m, expected one layout, or one to be named`,
    );
    await importMovielens(from, out, { layout: 'ml-1m' });
    expect((await openDataset(out)).dataset.titles.ids).toEqual(['5', '6']);
  });

  it('replaces what an earlier import wrote', async () => {
    put(csv);
    await importMovielens(from, out);
    writeFileSync(join(from, 'ratings.csv'), 'userId,movieId,rating,timestamp\n7,10,4.0,0\n');
    expect((await imported()).plays.time).toEqual(Float64Array.of(0));
  });

  it('keeps all of very many ratings', async () => {
    const rows = 70_000; // more than the collector begins with
    const lines = Array.from({ length: rows }, (_, i) => `${i % 100},3,4,${rows - i}`);
    put({ ...csv, 'ratings.csv': `userId,movieId,rating,timestamp\n${lines.join('\n')}\n` });
    const { plays, members } = await imported();
    expect(plays.time).toEqual(new Float64Array(rows).map((_, i) => 1000 * (i + 1)));
    expect(members.ids[plays.member[0]]).toBe(String((rows - 1) % 100));
  });
});

describe('watchedFractionOf', () => {
  it('finishes what got 3.5 stars and more, and nothing less', () => {
    for (let halves = 1; halves <= 10; halves++) {
      const fraction = watchedFractionOf(halves / 2);
      expect(Math.fround(fraction)).toBe(fraction); // survives the 32-bit column
      expect(fraction >= FINISHED_FRACTION).toBe(halves >= 7);
      expect(fraction).toBeCloseTo(halves / 10, 6);
      expect(fraction).toBeLessThanOrEqual(1);
    }
  });
});

/** Each changes one file of a good folder, and gives what must be said of it. */
const csvRow = (row: string): Files => ({ 'ratings.csv': `${csv['ratings.csv']}${row}\n` });
const bad: [string, Files, string, string?][] = [
  [
    'a row with too few columns',
    csvRow('7,10,4.0'),
    '/ratings.csv:6: 3 columns, expected 4 (user, movie, rating, timestamp)',
  ],
  [
    'a rating that is not a number',
    csvRow('7,10,good,1'),
    '/ratings.csv:6: rating "good", expected a number from 0.5 to 5',
  ],
  ['an empty rating', csvRow('7,10,,1'), '/ratings.csv:6: rating ""'],
  ['a rating in hexadecimal', csvRow('7,10,0x3,1'), '/ratings.csv:6: rating "0x3"'],
  ['a rating below the scale', csvRow('7,10,0,1'), '/ratings.csv:6: rating "0"'],
  ['a rating above the scale', csvRow('7,10,5.5,1'), '/ratings.csv:6: rating "5.5"'],
  [
    'a timestamp that is not whole',
    csvRow('7,10,4,1.5'),
    '/ratings.csv:6: timestamp "1.5", expected whole seconds',
  ],
  [
    'a timestamp in milliseconds',
    csvRow('7,10,4,1700000000000'),
    '/ratings.csv:6: timestamp "1700000000000"',
  ],
  ['a timestamp before 1970', csvRow('7,10,4,-1'), '/ratings.csv:6: timestamp "-1"'],
  ['an unknown movie', csvRow('7,99,4,1'), '/ratings.csv:6: movie id "99", expected one that movies.csv has'],
  ['no user', csvRow(',10,4,1'), '/ratings.csv:6: user id ""'],
  ['a quote that never closes', csvRow('7,"10,4,1'), '/ratings.csv:6: '],
  [
    'an empty ratings file',
    { 'ratings.csv': '' },
    '/ratings.csv: is empty, expected rows of userId,movieId,rating,timestamp',
  ],
  [
    'a header alone',
    { 'ratings.csv': 'userId,movieId,rating,timestamp\n' },
    '/ratings.csv: holds no ratings',
  ],
  [
    'another header',
    { 'ratings.csv': 'a,b\n1,2\n' },
    '/ratings.csv:1: header "a,b", expected "userId,movieId,rating,timestamp"',
  ],
  [
    'movies with too few columns',
    { 'movies.csv': 'movieId,title,genres\n3,x\n' },
    '/movies.csv:2: 2 columns, expected 3',
  ],
  [
    'a movie twice',
    { 'movies.csv': 'movieId,title,genres\n3,x,y\n3,z,y\n' },
    '/movies.csv:3: movie id 3 a second time',
  ],
  [
    'a movie without an id',
    { 'movies.csv': 'movieId,title,genres\n,x,y\n' },
    '/movies.csv:2: movie id is empty',
  ],
  ['an empty movies file', { 'movies.csv': '' }, '/movies.csv: is empty'],
  [
    'more genres than a byte can tell apart',
    {
      'movies.csv': `movieId,title,genres\n3,x,${Array.from({ length: 256 }, (_, i) => `g${i}`).join('|')}\n`,
    },
    '/movies.csv:2: genre number 256, expected at most 255',
  ],
  [
    'a short row in ratings.dat',
    { ...dat, 'ratings.dat': '1::5::5::1\n1::6::3\n' },
    '/ratings.dat:2: 3 columns, expected 4',
    'ml-1m',
  ],
  [
    'single colons in ratings.dat',
    { ...dat, 'ratings.dat': '1:5:5:1\n' },
    '/ratings.dat:1: 1 columns, expected 4',
    'ml-1m',
  ],
  [
    'a short row in movies.dat',
    { ...dat, 'movies.dat': '5::x\n' },
    '/movies.dat:1: 2 columns, expected 3',
    'ml-1m',
  ],
  ['an empty ratings.dat', { ...dat, 'ratings.dat': '\n' }, '/ratings.dat: is empty', 'ml-1m'],
  [
    'a bad rating in u.data',
    { ...hundredK, 'u.data': '\n196\t2\tx\t1\n' },
    '/u.data:2: rating "x"',
    'ml-100k',
  ],
  [
    'too few flags in u.item',
    { ...hundredK, 'u.item': '1|x|||u|0|1\n' },
    '/u.item:1: 7 columns, expected 8',
    'ml-100k',
  ],
  [
    'a flag that is neither',
    { ...hundredK, 'u.item': '1|x|||u|0|1|2\n' },
    '/u.item:1: genre flag "2", expected 0 or 1',
    'ml-100k',
  ],
  [
    'a date that is none',
    { ...hundredK, 'u.item': '1|x|1995||u|0|1|1\n' },
    '/u.item:1: release date "1995"',
    'ml-100k',
  ],
];

describe('bad input', () => {
  for (const [what, files, message, layout = 'ml-latest'] of bad) {
    it(`is refused with its place and nothing is written: ${what}`, async () => {
      if (layout === 'ml-latest') put(csv);
      put(files);
      const error = await refusalOf(() => importMovielens(from, out, { layout }));
      expect(error.message).toContain(`${from}${message}`);
      expect(readdirSync(join(from, '..'))).toEqual(['ml-tiny']);
    });
  }

  it('leaves the dataset that stands there as it is', async () => {
    put(csv);
    await importMovielens(from, out);
    put(csvRow('7,10,good,1'));
    await refusalOf(() => importMovielens(from, out));
    expect((await openDataset(out)).dataset.plays.time.length).toBe(4);
    expect(readdirSync(join(from, '..')).sort()).toEqual(['ml-tiny', 'out']);
  });

  it('says what a folder lacks', async () => {
    const messageOf = async (layout?: string) =>
      (await refusalOf(() => importMovielens(from, out, layout === undefined ? {} : { layout }))).message;
    expect(await messageOf()).toBe(
      `${from}: no MovieLens files, expected ratings.csv, movies.csv (ml-latest) or ratings.dat, movies.dat (ml-1m) ` +
        'or u.data, u.item, u.genre (ml-100k)',
    );
    put({ 'ratings.csv': csv['ratings.csv'] });
    expect(await messageOf()).toBe(
      `${from}: movies.csv not found, expected ratings.csv, movies.csv (ml-latest)`,
    );
    put(csv);
    expect(await messageOf('ml-100k')).toBe(
      `${from}: u.data, u.item, u.genre not found, expected u.data, u.item, u.genre (ml-100k)`,
    );
    expect(await messageOf('netflix')).toBe('layout "netflix": expected one of ml-latest, ml-1m, ml-100k');

    rmSync(from, { recursive: true });
    expect(await messageOf()).toBe(
      `${from}: no such folder, expected the folder of an unpacked MovieLens archive`,
    );
    writeFileSync(from, '');
    expect(await messageOf()).toContain('is a file');
    expect(existsSync(out)).toBe(false);
  });

  it('says when a folder stands where a file should', async () => {
    put(csv);
    for (const name of ['ratings.csv', 'movies.csv']) {
      rmSync(join(from, name));
      mkdirSync(join(from, name));
      expect((await refusalOf(() => importMovielens(from, out))).message).toContain(
        `${join(from, name)}: is a folder`,
      );
      rmSync(join(from, name), { recursive: true });
      put(csv);
    }
  });

  it('is not looked at when the output cannot be written', async () => {
    put(csv);
    mkdirSync(out);
    writeFileSync(join(out, 'notes.txt'), 'mine');
    put(csvRow('7,10,good,1'));
    expect((await refusalOf(() => importMovielens(from, out))).message).toContain(`${out}: is not empty`);
    expect(readdirSync(out)).toEqual(['notes.txt']);
  });
});
