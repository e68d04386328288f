/** How rooms and files look from outside. */
import { basename } from 'node:path';
import { isCode, roomOf, type Tree } from '../sources.ts';

const NAMELESS = /^(utils?|helpers?|common|types?|misc|shared)\.(tsx?|mts|mjs|js)$/;
const README_LINES = 30;
const FILE_LINES = 400;

/** A file is named after what it does. */
export const filesAreNamedAfterWhatTheyDo = (tree: Tree): string[] =>
  [...tree.keys()]
    .filter((path) => NAMELESS.test(basename(path)))
    .map((path) => `${path}: '${basename(path)}' says nothing of what is in it`);

const linesOf = (text: string): number => text.replace(/\n$/, '').split('\n').length;

/** Every room says what enters, what leaves and what is simplified, in a page. */
export const roomsHaveReadmes = (tree: Tree): string[] => {
  const rooms = new Set([...tree.keys()].filter(isCode).map(roomOf));
  return [...rooms]
    .filter((room) => room.startsWith('src/') || room === 'datasets' || room === 'web')
    .flatMap((room) => {
      const readme = tree.get(`${room}/README.md`);
      if (readme === undefined) return [`${room}/README.md: missing`];
      const lines = linesOf(readme);
      return lines > README_LINES
        ? [`${room}/README.md: ${lines} lines, expected at most ${README_LINES}`]
        : [];
    });
};

/** A long file says why it is one, with the word "because", in a comment before its first line of code. */
export const longFilesSayWhy = (tree: Tree): string[] =>
  [...tree]
    .filter(([path, text]) => /\.(tsx?|mts|mjs|js)$/.test(path) && linesOf(text) > FILE_LINES)
    .filter(([, text]) => !/\bbecause\b/i.test(headerOf(text)))
    .map(([path, text]) => `${path}: ${linesOf(text)} lines, and no header says why (one file because ...)`);

const headerOf = (text: string): string =>
  /^(\s*(\/\*[\s\S]*?\*\/|\/\/[^\n]*\n|#![^\n]*\n))*/.exec(text)?.[0] ?? '';
