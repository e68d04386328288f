import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isDoubted, readUpworthyTests, variedIn } from '../../datasets/upworthy.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';

const HEADER = 'clickability_test_id,test_week,headline,lede,eyecatcher_id,impressions,clicks,winner';

const write = (rows: readonly string[], header = HEADER): string => {
  const path = join(temporaryFolder(), 'tests.csv');
  writeFileSync(path, `${[header, ...rows].join('\n')}\n`);
  return path;
};

describe('readUpworthyTests', () => {
  it('gathers the arms of each test', async () => {
    const tests = await readUpworthyTests(
      write([
        'a,201446,"Yes, he ""did""",x,i1,100,7,True',
        'b,201325,One,x,i1,50,0,False',
        'a,201446,"Yes, he ""did""",x,i2,90,0,False',
        'b,201325,Two,x,i1,60,60,False',
        'b,201325,Three,x,i1,0,0,False',
      ]),
    );
    const headline = 'Yes, he "did"';
    expect(tests).toEqual([
      {
        id: 'a',
        week: 201_446,
        arms: [
          { headline, image: 'i1', impressions: 100, clicks: 7 },
          { headline, image: 'i2', impressions: 90, clicks: 0 },
        ],
      },
      {
        id: 'b',
        week: 201_325,
        arms: [
          { headline: 'One', image: 'i1', impressions: 50, clicks: 0 },
          { headline: 'Two', image: 'i1', impressions: 60, clicks: 60 },
        ],
      },
    ]);
    expect(tests.map(variedIn)).toEqual(['image', 'headline']);
    expect(tests.map(isDoubted)).toEqual([false, true]);
  });

  it.each<[string, string, RegExp]>([
    [
      'more clicks than impressions',
      'a,201446,h,x,i,5,6,True',
      /tests\.csv:2: clicks: got "6", expected at most the 5 impressions/,
    ],
    [
      'impressions that are no number',
      'a,201446,h,x,i,many,6,True',
      /:2: impressions: got "many", expected a whole number/,
    ],
    ['clicks below 0', 'a,201446,h,x,i,5,-1,True', /:2: clicks: got "-1"/],
    ['a week that is none', 'a,2014-11,h,x,i,5,1,True', /:2: test_week: got "2014-11"/],
    ['a test without a name', ',201446,h,x,i,5,1,True', /:2: clickability_test_id: got "", expected an id/],
    ['quotes that do not end', 'a,201446,"h,x,i,5,1,True', /tests\.csv:\d+: .*expected a CSV file/],
  ])('refuses %s, naming line and column', async (_, row, message) => {
    await expect(readUpworthyTests(write([row]))).rejects.toThrow(message);
  });

  it('refuses a file without its columns', async () => {
    const path = write(['a,1'], 'clickability_test_id,test_week');
    await expect(readUpworthyTests(path)).rejects.toThrow(/tests\.csv:1: header lacks column 'headline'/);
  });
});

describe('isDoubted', () => {
  it.each([
    [201_324, false],
    [201_325, true],
    [201_352, true],
    [201_401, true],
    [201_402, false],
  ])('week %i: %s', (week, doubted) => {
    expect(isDoubted({ id: 'a', week, arms: [] })).toBe(doubted);
  });
});
