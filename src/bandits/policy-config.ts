import { callerError } from '../domain/errors.ts';

/** The range a setting must lie in; ends not given are open. */
export interface SettingRange {
  readonly min?: number;
  readonly max?: number;
  /** The value itself is not allowed. */
  readonly above?: number;
  readonly multipleOf?: number;
}

const wanted = ({ min, max, above, multipleOf }: SettingRange): string => {
  const kind =
    multipleOf === undefined
      ? 'a number'
      : multipleOf === 1
        ? 'a whole number'
        : `a multiple of ${multipleOf}`;
  const ends = [
    above === undefined ? '' : ` > ${above}`,
    min === undefined ? '' : ` >= ${min}`,
    max === undefined ? '' : `${min === undefined && above === undefined ? '' : ' and'} <= ${max}`,
  ];
  return kind + ends.join('');
};

/**
 * The value, if it is finite and in range.
 * @throws MarqueeError (caller) naming policy, setting, value and range
 */
export const checkSetting = (policy: string, setting: string, value: number, range: SettingRange): number => {
  const { min, max, above, multipleOf } = range;
  const fits =
    Number.isFinite(value) &&
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above) &&
    (multipleOf === undefined || value % multipleOf === 0);
  if (!fits) {
    throw callerError('policy-setting', `${policy}: ${setting}: expected ${wanted(range)}, got ${value}`);
  }
  return value;
};
