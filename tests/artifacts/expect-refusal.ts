import { expect } from 'vitest';
import { MarqueeError } from '../../src/domain/errors.ts';

/** The error that `act` ends in: a caller's, of one line. Fails the test when there is none. */
export const refusalOf = async (act: () => unknown): Promise<MarqueeError> => {
  try {
    await act();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(MarqueeError);
    const error = thrown as MarqueeError;
    expect(error.kind).toBe('caller');
    expect(error.message).not.toMatch(/[\r\n]/);
    return error;
  }
  throw new Error('expected a refusal, got none');
};
