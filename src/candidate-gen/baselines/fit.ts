/** What every baseline's fit takes beside its data, and what it checks before it starts. */
import { freemem } from 'node:os';
import { callerError } from '../../domain/errors.ts';
import { type Progress, silentProgress } from '../../domain/progress.ts';

/** A baseline takes no more unless told so: a model that a laptop shares with the rest of the system. */
const USUAL_LIMIT_BYTES = 4 * 2 ** 30;

export interface FitContext {
  readonly progress?: Progress;
  /** Most bytes that the fit may need; default: what the machine has free, at most 4 GiB. */
  readonly limitBytes?: number;
}

/**
 * Whoever watches the fit, silent by default, once it is sure that its memory will do.
 * @throws MarqueeError (caller) saying what it needs and what there is
 */
export const startFit = (
  model: string,
  neededBytes: number,
  { progress = silentProgress, limitBytes = Math.min(freemem(), USUAL_LIMIT_BYTES) }: FitContext,
): Progress => {
  if (neededBytes > limitBytes) {
    throw callerError(
      'baseline-memory',
      `${model}: needs ${gigabytes(neededBytes)} of memory, and ${gigabytes(limitBytes)} may be taken: choose smaller data or another model`,
    );
  }
  return progress;
};

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(3)} GB`;

/** Least value of each setting; `above` excludes the value itself, `whole` asks for a whole number. */
export type SettingRanges<Config> = {
  readonly [Name in keyof Config]: { readonly least: number; readonly above?: true; readonly whole?: true };
};

/**
 * The defaults with what the caller chose over them.
 * @throws MarqueeError (caller) naming model, setting, value and range
 */
export const settingsOf = <Config extends object>(
  model: string,
  defaults: Config,
  chosen: Partial<Config>,
  ranges: SettingRanges<Config>,
): Config => {
  const config = { ...defaults, ...chosen };
  for (const name of Object.keys(ranges) as (keyof Config & string)[]) {
    const { least, above = false, whole = false } = ranges[name];
    const value = config[name] as number;
    const fits = Number.isFinite(value) && (above ? value > least : value >= least);
    if (fits && (!whole || Number.isInteger(value))) continue;
    const wanted = `a ${whole ? 'whole ' : ''}number ${above ? '>' : '>='} ${least}`;
    throw callerError('baseline-setting', `${model}: ${name}: expected ${wanted}, got ${value}`);
  }
  return config;
};
