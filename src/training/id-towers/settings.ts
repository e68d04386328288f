import { callerError } from '../../domain/errors.ts';
import type { Interactions } from '../../domain/interactions.ts';
import { TOWER_LOSSES, type TowerLoss } from './losses.ts';
import type { RegressionShape } from './regression.ts';
import { type DegreePowers, mostRank } from './spectrum.ts';

export interface IdTowerSettings extends DegreePowers, RegressionShape {
  /** What item embeddings are before training: a regression in the pairs' spectrum, or drawn. */
  readonly start: TowerStart;
  /** Items back in time after which one of the history counts half; 0: all count alike. */
  readonly historyHalfLife: number;
  /** 0: the start is all. */
  readonly epochs: number;
  /** Of Adam, in units of an entry of an embedding of length 1. */
  readonly learningRate: number;
  readonly loss: TowerLoss;
  /** Of the sampled softmax. */
  readonly temperature: number;
  /** Of the cosine contrastive loss. */
  readonly margin: number;
  readonly negativeWeight: number;
  /** Users whose pairs make a step. */
  readonly batchUsers: number;
  /** Items drawn for a step, shared by its users. */
  readonly negatives: number;
  /** Share of them drawn by popularity, the others being drawn uniformly ("mixed negatives"). */
  readonly popularNegatives: number;
  /** Share of them that a user learns from: those that it scores highest. */
  readonly hardNegatives: number;
  /** Share of a history that a step shows, the rest being what it is to find; 1: all, and all is to be found. */
  readonly historyShown: number;
  /** Weight of the user's own embedding beside the mean over its history; 0: users have none. */
  readonly userIdWeight: number;
  /** Share of the users of a step that come without their own embedding, so that the history alone must do. */
  readonly userIdDropout: number;
}

export const TOWER_STARTS = ['regression', 'random'] as const;
export type TowerStart = (typeof TOWER_STARTS)[number];

const DEFAULTS: IdTowerSettings = {
  dimension: 1024,
  start: 'regression',
  userDegreePower: 0.3,
  itemDegreePower: 0.3,
  historyDegreePower: 0.2,
  historyDropout: 0.6,
  historyHalfLife: 0,
  epochs: 20,
  learningRate: 0.03,
  loss: 'sampled-softmax',
  temperature: 0.6,
  margin: 0.6,
  negativeWeight: 100,
  batchUsers: 256,
  negatives: 4096,
  popularNegatives: 0,
  hardNegatives: 1,
  historyShown: 0.5,
  userIdWeight: 0,
  userIdDropout: 0,
};

/** The settings for data of this size, before any are chosen on validation data. */
export const idTowerSettingsFor = (size: Pick<Interactions, 'userCount' | 'itemCount'>): IdTowerSettings => ({
  ...DEFAULTS,
  dimension: Math.min(DEFAULTS.dimension, mostRank(size)),
  batchUsers: Math.max(32, Math.min(DEFAULTS.batchUsers, Math.round(size.userCount / 12))),
});

type Range = readonly [least: number, most: number, kind: 'whole' | 'real'];

const RANGES: Readonly<Record<Exclude<keyof IdTowerSettings, 'loss' | 'start'>, Range>> = {
  dimension: [1, 4_096, 'whole'],
  userDegreePower: [0, 2, 'real'],
  itemDegreePower: [0, 2, 'real'],
  historyDegreePower: [0, 2, 'real'],
  historyDropout: [0, 0.99, 'real'],
  historyHalfLife: [0, 1_000_000, 'real'],
  epochs: [0, 10_000, 'whole'],
  learningRate: [0, 10, 'real'],
  temperature: [0.01, 10, 'real'],
  margin: [-1, 1, 'real'],
  negativeWeight: [0, 10_000, 'real'],
  batchUsers: [1, 65_536, 'whole'],
  negatives: [1, 1_000_000, 'whole'],
  popularNegatives: [0, 1, 'real'],
  hardNegatives: [0.0001, 1, 'real'],
  historyShown: [0, 1, 'real'],
  userIdWeight: [0, 1_000, 'real'],
  userIdDropout: [0, 1, 'real'],
};

const NAMES = { loss: TOWER_LOSSES, start: TOWER_STARTS } as const;

/** @throws MarqueeError (caller) naming the setting, what came and what was expected */
export const checkIdTowerSettings = (settings: IdTowerSettings): void => {
  for (const name of Object.keys(NAMES) as (keyof typeof NAMES)[]) {
    const known: readonly string[] = NAMES[name];
    if (!known.includes(settings[name])) throw refusal(name, settings[name], `one of ${known.join(', ')}`);
  }
  for (const name of Object.keys(RANGES) as (keyof typeof RANGES)[]) {
    const [least, most, kind] = RANGES[name];
    const value: unknown = settings[name];
    const fits = typeof value === 'number' && value >= least && value <= most;
    if (!fits || (kind === 'whole' && !Number.isInteger(value)))
      throw refusal(name, value, `a ${kind === 'whole' ? 'whole ' : ''}number from ${least} to ${most}`);
  }
};

/**
 * Settings as a file holds them, all of them or some.
 * @throws MarqueeError (caller) on what is no object, or names no setting; values are checked by who uses them
 */
export const idTowerSettingsIn = (value: unknown, file: string): Partial<IdTowerSettings> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw callerError(
      'tower-settings',
      `${file}: expected an object of settings, got ${JSON.stringify(value)}`,
    );
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(DEFAULTS, name));
  if (unknown !== undefined) {
    const known = Object.keys(DEFAULTS).join(', ');
    throw callerError('tower-settings', `${file}: no setting '${unknown}', expected some of ${known}`);
  }
  return value;
};

const refusal = (name: string, got: unknown, expected: string) =>
  callerError('tower-setting', `two-tower: ${name}: expected ${expected}, got ${JSON.stringify(got)}`);
