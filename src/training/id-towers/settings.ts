import { callerError } from '../../domain/errors.ts';
import type { Interactions } from '../../domain/interactions.ts';
import { TOWER_LOSSES, type TowerLoss } from './losses.ts';

export interface IdTowerSettings {
  readonly dimension: number;
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
  readonly epochs: number;
  readonly learningRate: number;
  /** Weight of the mean over the history beside the user's own embedding. */
  readonly historyWeight: number;
  /** The same of an item's audience. */
  readonly audienceWeight: number;
  /** Share of the users of a step that come without their own embedding, so that the history alone must do. */
  readonly userIdDropout: number;
  /** Weight of a neighbour, by item-kNN, of an item taken: taken too, this much. */
  readonly neighbourWeight: number;
  /** Items back in time after which one of the history counts half; 0: all count alike. */
  readonly historyHalfLife: number;
}

const DEFAULTS: IdTowerSettings = {
  dimension: 256,
  loss: 'sampled-softmax',
  temperature: 0.15,
  margin: 0.6,
  negativeWeight: 100,
  batchUsers: 256,
  negatives: 4096,
  popularNegatives: 0,
  epochs: 30,
  learningRate: 0.02,
  historyWeight: 4,
  audienceWeight: 0,
  userIdDropout: 0,
  neighbourWeight: 0,
  historyHalfLife: 0,
};

/** Steps that an embedding needs at the least, however few users make an epoch. */
const LEAST_STEPS = 360;

/** The settings for data of this size, before any are chosen on validation data. */
export const idTowerSettingsFor = ({ userCount }: Pick<Interactions, 'userCount'>): IdTowerSettings => {
  const batchUsers = Math.max(32, Math.min(DEFAULTS.batchUsers, Math.round(userCount / 12)));
  const stepsPerEpoch = Math.ceil(userCount / batchUsers);
  return {
    ...DEFAULTS,
    batchUsers,
    epochs: Math.max(DEFAULTS.epochs, Math.ceil(LEAST_STEPS / stepsPerEpoch)),
  };
};

type Range = readonly [least: number, most: number, kind: 'whole' | 'real'];

const RANGES: Readonly<Record<Exclude<keyof IdTowerSettings, 'loss'>, Range>> = {
  dimension: [1, 4_096, 'whole'],
  temperature: [0.01, 10, 'real'],
  margin: [-1, 1, 'real'],
  negativeWeight: [0, 10_000, 'real'],
  batchUsers: [1, 65_536, 'whole'],
  negatives: [1, 1_000_000, 'whole'],
  popularNegatives: [0, 1, 'real'],
  epochs: [1, 10_000, 'whole'],
  learningRate: [0, 1, 'real'],
  historyWeight: [0, 1_000, 'real'],
  audienceWeight: [0, 1_000, 'real'],
  userIdDropout: [0, 1, 'real'],
  neighbourWeight: [0, 1_000, 'real'],
  historyHalfLife: [0, 1_000_000, 'real'],
};

/** @throws MarqueeError (caller) naming the setting, what came and what was expected */
export const checkIdTowerSettings = (settings: IdTowerSettings): void => {
  if (!TOWER_LOSSES.includes(settings.loss))
    throw refusal('loss', settings.loss, `one of ${TOWER_LOSSES.join(', ')}`);
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
