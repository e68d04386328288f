import { dependencyError, MarqueeError } from '../../domain/errors.ts';

const OVERLOADED = 'overloaded';

/** Thrown in place of taking on more work. */
export const overloadedError = (): MarqueeError =>
  dependencyError(OVERLOADED, 'more requests than this server can take');

export const isOverloaded = (error: unknown): boolean =>
  error instanceof MarqueeError && error.code === OVERLOADED;
