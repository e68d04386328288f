import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GUARDS } from './guards.ts';

it.each(GUARDS)('$name: the text of the guard is what the source has, once', ({ file, on, off, tests }) => {
  expect(readFileSync(file, 'utf8').split(on)).toHaveLength(2);
  expect(off).not.toBe(on);
  expect(existsSync(tests)).toBe(true);
});

it('no two guards have a name in common', () => {
  expect(new Set(GUARDS.map(({ name }) => name)).size).toBe(GUARDS.length);
});
