import { callerError } from '../domain/errors.ts';
import type { PolicyState } from './contract.ts';

/**
 * The state's arrays, once they are known to be this policy's and of the shape it has here.
 * @throws MarqueeError (caller) on another policy's state, a missing or surplus array, another
 * length, or a number that is not finite
 */
export const checkedArrays = (
  policy: string,
  lengths: Readonly<Record<string, number>>,
  state: PolicyState,
): Readonly<Record<string, Float64Array>> => {
  const refuse = (got: string, expected: string) =>
    callerError('policy-state', `${policy}: saved state: expected ${expected}, got ${got}`);
  if (state.policy !== policy) throw refuse(`one of policy '${state.policy}'`, `one of policy '${policy}'`);
  const names = Object.keys(lengths).join(', ');
  for (const name of Object.keys(state.arrays)) {
    if (lengths[name] === undefined) throw refuse(`array '${name}'`, `the arrays [${names}]`);
  }
  for (const [name, length] of Object.entries(lengths)) {
    const array = state.arrays[name];
    if (array === undefined) throw refuse(`no array '${name}'`, `the arrays [${names}]`);
    if (array.length !== length)
      throw refuse(`${array.length} numbers in '${name}'`, `${length} (the feature size of this policy)`);
    const bad = array.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw refuse(`${array[bad]} at '${name}'[${bad}]`, 'finite numbers');
  }
  return state.arrays;
};
