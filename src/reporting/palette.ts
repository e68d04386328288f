/**
 * The colours of charts, each a CSS variable with its value on white, so that one drawing follows the page from light
 * to dark, and a file saved from it stands alone. Lines and marks that colour tells apart differ in dash or shape too.
 */

interface Colour {
  readonly light: string;
  readonly dark: string;
}

/** At least 3 : 1 against their ground, text 7 : 1; told apart under the common kinds of colour blindness. */
const COLOURS = {
  ground: { light: '#ffffff', dark: '#16181d' },
  ink: { light: '#1b1f24', dark: '#e8eaed' },
  'ink-soft': { light: '#4d5560', dark: '#b4bac3' },
  line: { light: '#d5d9df', dark: '#3a404a' },
  good: { light: '#00699e', dark: '#62b6ee' },
  bad: { light: '#bd4400', dark: '#ff9a5c' },
  'line-1': { light: '#00699e', dark: '#62b6ee' },
  'line-2': { light: '#bd4400', dark: '#ff9a5c' },
  'line-3': { light: '#00795a', dark: '#4fd0a6' },
  'line-4': { light: '#a03f86', dark: '#eda6d2' },
  'line-5': { light: '#7d6000', dark: '#e6c75c' },
  'line-6': { light: '#50565e', dark: '#c3c8cf' },
} as const satisfies Record<string, Colour>;

export type ColourName = keyof typeof COLOURS;

/** As a chart names it. */
export const colour = (name: ColourName): string => `var(--chart-${name}, ${COLOURS[name].light})`;

/** The variables of one scheme, as declarations of a style sheet. */
export const colourVariables = (scheme: 'light' | 'dark'): string =>
  Object.entries<Colour>(COLOURS)
    .map(([name, of]) => `--chart-${name}:${of[scheme]};`)
    .join('');

const LINE_COLOURS = (['line-1', 'line-2', 'line-3', 'line-4', 'line-5', 'line-6'] as const).map(colour);
const DASHES = [[], [6, 3], [2, 2]] as const;

/** Of the line that everything is read against. */
export const RULE_DASH = [4, 3];

/**
 * Looks of so many lines: colours first, then the same in dashes. Lines that come in pairs, such as an estimate and its
 * truth, share a colour, and the first of a pair is dashed.
 */
export const lineLooks = (
  lines: number,
  inPairs: boolean,
): { readonly colours: string[]; readonly dashes: number[][] } => {
  const of = <T>(choose: (colourAt: number, dashAt: number) => T): T[] =>
    Array.from({ length: lines }, (_, i) =>
      inPairs
        ? choose(Math.floor(i / 2) % LINE_COLOURS.length, (i + 1) % 2)
        : choose(i % LINE_COLOURS.length, Math.floor(i / LINE_COLOURS.length) % DASHES.length),
    );
  return { colours: of((c) => LINE_COLOURS[c]), dashes: of((_, d) => [...DASHES[d]]) };
};
