import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { type DocumentedCommand, documentedCommands, meaningOf, shellWords } from './documented-commands.ts';
import { readTree } from './sources.ts';

const tree = readTree();
const { scripts } = JSON.parse(tree.get('package.json') ?? '{}') as { scripts: Record<string, string> };

/** Both run the same command line. */
const MAINS = ['node --import tsx src/cli/main.ts', 'node build/marquee.js'];

/** What is wrong with a documented command line, or undefined. Parses it with the real program, and runs nothing. */
const complaint = async (text: string): Promise<string | undefined> => {
  const meaning = meaningOf(text, scripts);
  if (meaning.kind === 'unknown') return meaning.why;
  if (meaning.kind === 'elsewhere') return undefined;
  let args = meaning.args;
  if (meaning.kind === 'script') {
    const script = scripts[meaning.name];
    const main = MAINS.find((each) => script.startsWith(each));
    if (main === undefined) return undefined; // another program's flags
    args = [...shellWords(script.slice(main.length)), ...args];
  }
  let dispatched = false;
  const program = buildProgram(
    async () => {
      dispatched = true;
    },
    { out: () => undefined },
  );
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    const { message, exitCode } = thrown as { message: string; exitCode?: number };
    return exitCode === 0 ? undefined : message; // help and version
  }
  return dispatched ? undefined : 'names no command';
};

const documented: DocumentedCommand[] = [...tree]
  .filter(([path]) => path.endsWith('.md'))
  .flatMap(([path, text]) => documentedCommands(path, text));

describe('every documented command line is one that is there', () => {
  it('finds some in the README', () => {
    const texts = documented.filter(({ file }) => file === 'README.md').map(({ text }) => text);
    expect(texts).toContain('npm run demo');
    expect(texts).toContain('npm test');
  });

  it.each(documented.map(({ file, line, text }) => [`${file}:${line}`, text]))('%s: %s', async (_, text) => {
    expect(await complaint(text)).toBeUndefined();
  });
});

/** Relative links of a Markdown text, without what stands after `#`. */
const linksIn = (markdown: string): string[] =>
  [...markdown.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, to]) => to).filter((to) => !/^[a-z]+:/.test(to));

describe('every link of a document', () => {
  const links = [...tree]
    .filter(([path]) => path.endsWith('.md'))
    .flatMap(([path, text]) => linksIn(text).map((to): [string, string] => [path, to]));

  it.each(links)('%s: %s leads to a file that is there', (path, to) => {
    expect(tree.has(posix.normalize(posix.join(posix.dirname(path), to)))).toBe(true);
  });

  it('is found, and told from those that lead elsewhere', () => {
    expect(linksIn('[a](b.md#c) and [d](https://e.f) ![g](../h.ts "i")')).toEqual(['b.md', '../h.ts']);
  });
});

describe('the check itself', () => {
  it('reads what a reader would type', () => {
    const markdown = [
      'npm run outside-of-a-block',
      '```sh',
      '$ npm ci && npm run demo -- --small # quick',
      'MARQUEE_X=1 npm start &',
      'npm run -s marquee -- data simulate \\',
      '  --out "a folder"',
      'curl localhost:8080/healthz | head',
      'npm test > log.txt',
      '```',
      'npm run outside-again',
    ].join('\n');
    expect(documentedCommands('x.md', markdown).map(({ line, text }) => `${line} ${text}`)).toEqual([
      '3 npm ci',
      '3 npm run demo -- --small',
      '4 npm start',
      '5 npm run -s marquee -- data simulate --out "a folder"',
      '8 npm test',
    ]);
  });

  it.each([
    ['npm run demo -- --small --exit'],
    ['npm run -s marquee -- data simulate --out "a folder" --titles 500'],
    ['npm run bench -- retrieval --json out.json --gate'],
    ['npm start -- --port 8081'],
    ['npx marquee doctor'],
    ['marquee --version'],
    ['npm test -- tests/cli'],
    ['npm ci'],
  ])('accepts %s', async (text) => {
    expect(await complaint(text)).toBeUndefined();
  });

  it.each([
    ['npm run demmo', "no script 'demmo'"],
    ['npm run demo --small', 'needs a -- before it'],
    ['npm run demo -- --smal', "unknown flag '--smal'"],
    ['npm run demo -- --seed N', "--seed: got 'N'"],
    ['npm run bench -- retreival', "SUITE: got 'retreival'"],
    ['npm run bench', 'got no SUITE'],
    ['npm start -- --prot 8081', "unknown flag '--prot'"],
    ['npm run -s marquee -- data', 'needs a command'],
    ['npm run -s marquee -- data import movielens --from x', 'got no --out'],
    ['marquee', 'needs a command'],
    ['node --import tsx src/cli/main.ts server', "unknown command 'server'"],
    ['npm strat', "npm has no 'strat'"],
  ])('refuses %s', async (text, why) => {
    expect(await complaint(text)).toContain(why);
  });
});
