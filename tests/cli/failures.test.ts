import { describe, expect, it } from 'vitest';
import { closest, editDistance } from '../../src/cli/closest.ts';
import { failureOf } from '../../src/cli/failures.ts';
import { bugError, callerError, dependencyError } from '../../src/domain/errors.ts';

describe('failureOf', () => {
  it('is one line and exit code 2 for what the caller can mend', () => {
    expect(failureOf(callerError('x', 'ratings.csv:7: got\n  two columns'))).toEqual({
      text: 'marquee: ratings.csv:7: got two columns',
      exitCode: 2,
    });
  });

  it('is one line and exit code 1 for what is away', () => {
    expect(failureOf(dependencyError('x', 'redis: no answer'))).toEqual({
      text: 'marquee: redis: no answer',
      exitCode: 1,
    });
  });

  it.each([
    ['a bug of ours', bugError('x', 'rows do not add up')],
    ['an error of the language', new TypeError('rows do not add up')],
  ])('shows the whole stack of %s', (_, thrown) => {
    const { text, exitCode } = failureOf(thrown);
    expect(exitCode).toBe(1);
    expect(text).toContain('rows do not add up');
    expect(text).toContain('failures.test.ts');
  });

  it('shows what was thrown even when it is no error', () => {
    expect(failureOf('odd')).toEqual({ text: 'marquee: this is a bug. odd', exitCode: 1 });
  });

  it.each([
    ['EACCES', 2, 'marquee: /root/x: permission denied (EACCES)'],
    ['EROFS', 2, 'marquee: /root/x: permission denied (EROFS)'],
    ['ENOSPC', 1, 'marquee: /root/x: it failed'],
  ])('knows %s of the operating system', (code, exitCode, text) => {
    const thrown = Object.assign(new Error('it failed'), { code, path: '/root/x' });
    expect(failureOf(thrown)).toEqual({ text, exitCode });
  });
});

describe('closest', () => {
  const flags = ['--titles', '--members', '--days', '--seed', '--out'];

  it.each([
    ['--titels', '--titles'], // a swap counts once
    ['--title', '--titles'],
    ['--TITLES', '--titles'],
    ['--sead', '--seed'],
    ['--member', '--members'],
    ['--oot', '--out'],
    ['--zebra', undefined],
    ['', undefined],
  ])('takes %s for %s', (word, meant) => {
    expect(closest(word, flags)).toBe(meant);
  });

  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['abc', 'acb', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3], // swapped letters are not edited again
  ])('finds %s and %s %d apart', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
    expect(editDistance(to, from)).toBe(distance);
  });
});
