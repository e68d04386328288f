import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findOpenBanditCampaigns, readOpenBanditLog, shownShares } from '../../datasets/open-bandit.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';

const HEADER = ',timestamp,item_id,position,click,propensity_score,user_feature_0';
const ROWS = [
  '0,2019-11-24,1,3,0,0.25,abc',
  '1,2019-11-24,0,1,1,0.5,"a,b"',
  '2,2019-11-24,2,1,0,1,abc',
  '3,2019-11-24,0,1,0,0.5,abc',
];

const write = (policy: string, rows: readonly string[], header = HEADER): string => {
  const root = temporaryFolder();
  return writeIn(root, policy, rows, header);
};

const writeIn = (root: string, policy: string, rows: readonly string[], header = HEADER): string => {
  const folder = join(root, policy, 'shoes');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'shoes.csv'), [header, ...rows, ''].join('\r\n'));
  writeFileSync(join(folder, 'item_context.csv'), ',item_id,item_feature_0\n0,0,-0.5\n1,1,0.5\n2,2,0.1\n');
  return folder;
};

describe('readOpenBanditLog', () => {
  it('reads actions, positions, clicks and propensities, wherever the columns stand', async () => {
    const log = await readOpenBanditLog(write('random', ROWS), 'shoes');
    expect(log).toMatchObject({ actionCount: 3, positionCount: 3 });
    expect([...log.actions]).toEqual([1, 0, 2, 0]);
    expect([...log.positions]).toEqual([2, 0, 0, 0]);
    expect([...log.rewards]).toEqual([0, 1, 0, 0]);
    expect([...log.propensities]).toEqual([0.25, 0.5, 1, 0.5]);
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      'an item that is none',
      ['0,t,3,1,0,0.5,u'],
      /shoes\.csv:2: item_id: got "3", expected a whole number from 0 to 2/,
    ],
    [
      'a position before the first',
      ['0,t,1,0,0,0.5,u'],
      /:2: position: got "0", expected a whole number from 1/,
    ],
    [
      'clicks that are no click',
      [ROWS[0], '0,t,1,1,2,0.5,u'],
      /:3: click: got "2", expected a whole number from 0 to 1/,
    ],
    [
      'a propensity of 0',
      ['0,t,1,1,0,0,u'],
      /:2: propensity_score: got "0", expected a propensity in \(0, 1\]/,
    ],
    ['a propensity that is missing', ['0,t,1,1,0,,u'], /:2: propensity_score: got ""/],
    ['a row that ends early', ['0,t,1'], /:2: position: got "", expected 4 columns or more/],
    ['no rows', [], /shoes\.csv: holds no rows, expected a CSV file with columns item_id, position/],
  ])('refuses %s, naming line and column', async (_, rows, message) => {
    await expect(readOpenBanditLog(write('random', rows), 'shoes')).rejects.toThrow(message);
  });

  it('refuses another header, and what is no folder of a log', async () => {
    const folder = write('random', ROWS, ',timestamp,item_id,position,click,pscore,user_feature_0');
    await expect(readOpenBanditLog(folder, 'shoes')).rejects.toThrow(
      /shoes\.csv:1: header lacks column 'propensity_score'/,
    );
    await expect(readOpenBanditLog(join(folder, 'none'), 'shoes')).rejects.toMatchObject({ kind: 'caller' });
  });
});

describe('findOpenBanditCampaigns', () => {
  it('finds what both policies ran', () => {
    const root = temporaryFolder();
    const random = writeIn(root, 'random', ROWS);
    expect(findOpenBanditCampaigns(root)).toEqual([]);
    const bts = writeIn(root, 'bts', ROWS);
    expect(findOpenBanditCampaigns(root)).toEqual([{ campaign: 'shoes', random, bts }]);
    expect(findOpenBanditCampaigns(random)).toEqual([]);
  });
});

describe('shownShares', () => {
  it('counts items by position', async () => {
    const shares = shownShares(await readOpenBanditLog(write('bts', ROWS), 'shoes'));
    expect([...shares]).toEqual([2 / 3, 0, 1 / 3, 0, 0, 0, 0, 1, 0]);
  });
});
