import { callerError, MarqueeError } from '../../domain/errors.ts';

export interface Refusal {
  /** What the caller should mend: the name of a parameter, or the path to a field of the body. */
  readonly field: string;
  readonly got: unknown;
  readonly expected: string;
  readonly code?: string;
  readonly status?: number;
}

interface RefusalDetail {
  readonly field: string;
  readonly status: number;
}

/** The error that becomes a 4xx whose body names the field, what came and what was expected. */
export const refusal = ({
  field,
  got,
  expected,
  code = 'bad-request',
  status = 400,
}: Refusal): MarqueeError =>
  callerError(code, `${field}: got ${shown(got)}, expected ${expected}`, {
    cause: { field, status } satisfies RefusalDetail,
  });

/** The field and the status, where the error is such a refusal. */
export const refusalDetail = (error: unknown): RefusalDetail | undefined => {
  if (!(error instanceof MarqueeError) || error.kind !== 'caller') return undefined;
  const { cause } = error;
  const isDetail = typeof cause === 'object' && cause !== null && 'field' in cause && 'status' in cause;
  return isDetail ? (cause as RefusalDetail) : undefined;
};

const MOST_SHOWN = 80;

/** What came, short enough for one line of a log. */
const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}… (${text.length} characters)` : text;
};
