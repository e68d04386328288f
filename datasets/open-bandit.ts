/**
 * Logs in the layout of the Open Bandit Dataset (Saito, Aihara, Matsutani & Narita, NeurIPS 2021 datasets track):
 * `POLICY/CAMPAIGN/CAMPAIGN.csv`, a row for each item shown, and `item_context.csv`, a row for each item.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BanditLog } from '../src/evaluation/off-policy/contract.ts';
import { type CsvPlace, csvError, readCsvColumns, wholeNumber } from './csv-columns.ts';

/** One policy's log of one campaign. Actions are item ids; a position was chosen by chance, then an item for it. */
export interface OpenBanditLog extends BanditLog {
  readonly actions: Uint16Array;
  readonly rewards: Uint8Array; // clicks
  readonly propensities: Float64Array;
  readonly positions: Uint8Array; // 0-based
  readonly positionCount: number;
}

const MOST_ITEMS = 65_535;
const MOST_POSITIONS = 255;
const COLUMNS = ['item_id', 'position', 'click', 'propensity_score'] as const;

/**
 * The log in the folder of a policy and campaign, whose name is the file's.
 * @throws MarqueeError (caller) naming file, line and column of what is missing or wrong
 */
export const readOpenBanditLog = async (folder: string, campaign: string): Promise<OpenBanditLog> => {
  const itemsPath = join(folder, 'item_context.csv');
  let actionCount = 0;
  await readCsvColumns(itemsPath, ['item_id'], ([id], line) => {
    const item = wholeNumber({ path: itemsPath, line, column: 'item_id' }, id, 0, MOST_ITEMS - 1);
    actionCount = Math.max(actionCount, item + 1);
  });
  const path = join(folder, `${campaign}.csv`);
  const [actions, positions, rewards, propensities]: number[][] = [[], [], [], []];
  await readCsvColumns(path, COLUMNS, (values, line) => {
    const place = (c: number): CsvPlace => ({ path, line, column: COLUMNS[c] });
    actions.push(wholeNumber(place(0), values[0], 0, actionCount - 1));
    positions.push(wholeNumber(place(1), values[1], 1, MOST_POSITIONS) - 1);
    rewards.push(wholeNumber(place(2), values[2], 0, 1));
    const propensity = Number(values[3]);
    if (values[3] === '' || !(propensity > 0 && propensity <= 1)) {
      throw csvError(place(3), values[3], 'a propensity in (0, 1]');
    }
    propensities.push(propensity);
  });
  return {
    actionCount,
    actions: Uint16Array.from(actions),
    rewards: Uint8Array.from(rewards),
    propensities: Float64Array.from(propensities),
    positions: Uint8Array.from(positions),
    positionCount: positions.reduce((most, position) => Math.max(most, position + 1), 0),
  };
};

/** A campaign that two policies ran, by the folder of each. */
export interface OpenBanditCampaign {
  readonly campaign: string;
  readonly random: string;
  readonly bts: string;
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Campaigns of which the folder holds a log under `random` and one under `bts` (Thompson sampling), by name. */
export const findOpenBanditCampaigns = (dir: string): OpenBanditCampaign[] => {
  const random = join(dir, 'random');
  if (statSync(random, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(random)
    .sort()
    .map((campaign) => ({ campaign, random: join(random, campaign), bts: join(dir, 'bts', campaign) }))
    .filter(({ campaign, random: a, bts: b }) =>
      [a, b].every((folder) => isFile(join(folder, `${campaign}.csv`))),
    );
};

/**
 * How often the log's policy showed each item at each position, [positionCount, actionCount], rows summing to 1: its
 * own probabilities, over the time of the log, as far as its rounds tell. Each row knows the probability of its own
 * item alone.
 */
export const shownShares = ({
  actionCount,
  actions,
  positions,
  positionCount,
}: OpenBanditLog): Float64Array => {
  const shares = new Float64Array(positionCount * actionCount);
  const rounds = new Float64Array(positionCount);
  for (let i = 0; i < actions.length; i++) {
    shares[positions[i] * actionCount + actions[i]]++;
    rounds[positions[i]]++;
  }
  return shares.map((count, at) => count / Math.max(1, rounds[Math.floor(at / actionCount)]));
};
