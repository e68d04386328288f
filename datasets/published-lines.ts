import { readFileBytes } from '../src/artifacts/durable-files.ts';
import { callerError, type MarqueeError } from '../src/domain/errors.ts';

const NEWLINE = 10;

/** An error that names the file and the line, what came and what was expected. */
export const lineError = (
  path: string,
  line: number,
  { got, expected }: { readonly got: string; readonly expected: string },
): MarqueeError =>
  callerError(
    'published-line',
    `${path}:${line}: got ${JSON.stringify(got.slice(0, 40))}, expected ${expected}`,
  );

export interface WordsOfLine {
  readonly words: readonly [string, ...string[]];
  /** From 1. */
  readonly line: number;
}

/**
 * The words of each line that holds any. Words stand apart by blanks or tabs; a line may end in CR LF.
 * Published splits are digits, so bytes are read as latin-1.
 * @throws MarqueeError (caller) when the file cannot be read
 */
export function* linesOf(path: string, expected: string): Generator<WordsOfLine> {
  const { buffer, byteLength } = readFileBytes(path, expected);
  const bytes = Buffer.from(buffer, 0, byteLength);
  let line = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    line++;
    const text = bytes.toString('latin1', start, end).trim();
    if (text !== '') yield { words: text.split(/[ \t]+/) as [string, ...string[]], line };
    start = end + 1;
  }
}

/** An id: digits alone, exact as a number. Undefined for anything else. */
export const idOf = (word: string): number | undefined => {
  let id = 0;
  for (let i = 0; i < word.length; i++) {
    const digit = word.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    id = id * 10 + digit;
  }
  return word.length > 0 && id <= Number.MAX_SAFE_INTEGER ? id : undefined;
};
