/**
 * Who can mend a failure: the caller (bad input, 4xx, exit code 2), the operator
 * (a dependency is away: fall back and mark the answer degraded), or us (a bug, never hidden).
 */
export type FailureKind = 'caller' | 'dependency' | 'bug';

/** The one error class of the house. The message says what came, what was expected and where. */
export class MarqueeError extends Error {
  readonly code: string;
  readonly kind: FailureKind;

  constructor(kind: FailureKind, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MarqueeError';
    this.kind = kind;
    this.code = code;
  }
}

export const callerError = (code: string, message: string, options?: ErrorOptions): MarqueeError =>
  new MarqueeError('caller', code, message, options);

export const dependencyError = (code: string, message: string, options?: ErrorOptions): MarqueeError =>
  new MarqueeError('dependency', code, message, options);

export const bugError = (code: string, message: string, options?: ErrorOptions): MarqueeError =>
  new MarqueeError('bug', code, message, options);

/** What was thrown, as one line of text. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
