/** The command lines that a document tells its reader to type. */

export interface DocumentedCommand {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const STARTS_A_COMMAND = /^(npm|npx|marquee|node)\b/;

/**
 * Command lines of ours in a Markdown text's fenced blocks: with or without a prompt, several joined by `&&`,
 * `||`, `;`, `|` or `&`, after assignments such as `A=1`, continued with a backslash.
 */
export const documentedCommands = (file: string, markdown: string): DocumentedCommand[] => {
  const found: DocumentedCommand[] = [];
  let fenced = false;
  let pending = '';
  let startedAt = 0;
  markdown.split('\n').forEach((raw, i) => {
    if (/^\s*(```|~~~)/.test(raw)) {
      fenced = !fenced;
      return;
    }
    if (!fenced) return;
    if (pending === '') startedAt = i + 1;
    pending += pending === '' ? raw.trim().replace(/^\$\s+/, '') : ` ${raw.trim()}`;
    if (pending.endsWith('\\')) {
      pending = pending.slice(0, -1).trimEnd();
      return;
    }
    const parts = pending.replace(/(^|\s)#.*$/, '').split(/&&|\|\||[;|&]/);
    for (const part of parts) {
      const text = part
        .trim()
        .replace(/^(\w+=\S*\s+)+/, '')
        .replace(/\s*\d?>\s*\S+/g, '');
      if (STARTS_A_COMMAND.test(text)) found.push({ file, line: startedAt, text });
    }
    pending = '';
  });
  return found;
};

/** Words as a shell would split them; quotes group. */
export const shellWords = (text: string): string[] =>
  [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replace(/["']/g, ''));

/** npm's own commands that a reader may be told to type. */
const NPM_COMMANDS = ['ci', 'install', 'rebuild', 'help'];

export type Meaning =
  | { readonly kind: 'marquee'; readonly args: readonly string[] }
  | { readonly kind: 'script'; readonly name: string; readonly args: readonly string[] }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unknown'; readonly why: string };

/** What a command line asks for, given the scripts of package.json. */
export const meaningOf = (text: string, scripts: Readonly<Record<string, string>>): Meaning => {
  const [program, ...rest] = shellWords(text);
  if (program === 'marquee') return { kind: 'marquee', args: rest };
  if (program === 'npx') {
    return rest[0] === 'marquee' ? { kind: 'marquee', args: rest.slice(1) } : { kind: 'elsewhere' };
  }
  if (program === 'node') {
    const main = rest.indexOf('src/cli/main.ts');
    return main < 0 ? { kind: 'elsewhere' } : { kind: 'marquee', args: rest.slice(main + 1) };
  }
  const dashes = rest.indexOf('--');
  const own = dashes < 0 ? rest : rest.slice(0, dashes);
  const args = dashes < 0 ? [] : rest.slice(dashes + 1);
  const words = own.filter((word) => !word.startsWith('-'));
  const flags = own.filter((word) => word.startsWith('--') && word !== '--silent');
  const verb = words[0];
  if (verb === 'run' || verb === 'start' || verb === 'test') {
    const name = verb === 'run' ? words[1] : verb;
    const positional = words.slice(verb === 'run' ? 2 : 1);
    if (name === undefined || scripts[name] === undefined) {
      return { kind: 'unknown', why: `no script '${name}' in package.json` };
    }
    if (flags.length > 0)
      return { kind: 'unknown', why: `npm keeps ${flags[0]} to itself: it needs a -- before it` };
    return { kind: 'script', name, args: [...positional, ...args] };
  }
  return NPM_COMMANDS.includes(verb ?? '')
    ? { kind: 'elsewhere' }
    : { kind: 'unknown', why: `npm has no '${verb}' that these documents use` };
};
