/** The title's name on its artwork, in letters that go with the genre. */
import type { Mood } from './mood.ts';
import { HEIGHT, WIDTH } from './shapes.ts';

interface Hand {
  readonly family: string;
  readonly weight: number;
  /** Mean width of a letter, as a share of its size. */
  readonly width: number;
  readonly capitals: boolean;
  readonly spacing: number;
  readonly italic?: true;
}

const SERIF = 'Georgia, &quot;DejaVu Serif&quot;, serif';
const SANS = '&quot;Helvetica Neue&quot;, Arial, &quot;DejaVu Sans&quot;, sans-serif';
const MONO = 'Menlo, Consolas, &quot;DejaVu Sans Mono&quot;, monospace';

const BOLD: Hand = { family: SANS, weight: 800, width: 0.74, capitals: true, spacing: 0.5 };
const ROUND: Hand = { family: SANS, weight: 700, width: 0.62, capitals: false, spacing: 0 };
const BOOK: Hand = { family: SERIF, weight: 700, width: 0.63, capitals: false, spacing: 0.2 };
const TENDER: Hand = { family: SERIF, weight: 400, width: 0.58, capitals: false, spacing: 0.4, italic: true };
const CARVED: Hand = { family: SERIF, weight: 700, width: 0.82, capitals: true, spacing: 2 };
const TYPED: Hand = { family: MONO, weight: 700, width: 0.66, capitals: true, spacing: 0.6 };

const BY_GENRE: Readonly<Record<string, Hand>> = {
  ...{
    action: BOLD,
    adventure: BOLD,
    sport: BOLD,
    war: BOLD,
    western: CARVED,
    history: CARVED,
    fantasy: CARVED,
  },
  ...{ animation: ROUND, comedy: ROUND, family: ROUND, music: ROUND, children: ROUND, musical: ROUND },
  ...{ romance: TENDER, 'science fiction': TYPED, 'sci-fi': TYPED, crime: TYPED, documentary: TYPED },
};

const MARGIN = 14;
const WIDEST = WIDTH - 2 * MARGIN;
const SIZES = [27, 24, 21, 18, 16];
const MOST_LINES = 2;

export const lettering = (name: string, genre: string, { scale }: Mood): string => {
  const hand = BY_GENRE[genre.toLowerCase()] ?? BOOK;
  const text = hand.capitals ? name.toUpperCase() : name;
  const sizes = scale > 0 ? SIZES : SIZES.slice(1);
  const widthOf = (words: string, size: number): number => words.length * (hand.width * size + hand.spacing);
  const size = sizes.find((each) => linesOf(text, each, widthOf).length <= MOST_LINES) ?? 13;
  const lines = linesOf(text, size, widthOf);
  const first = HEIGHT - 13 - (lines.length - 1) * size * 1.06;
  const style =
    `font-family="${hand.family}" font-size="${size}" font-weight="${hand.weight}" letter-spacing="${hand.spacing}"` +
    (hand.italic ? ' font-style="italic"' : '');
  return (
    `<g fill="#fff" ${style}>` +
    lines
      .map((line, i) => {
        const fitted = Math.min(WIDEST, widthOf(line, size)); // whatever letters this machine has
        return `<text x="${MARGIN}" y="${Math.round(first + i * size * 1.06)}" textLength="${Math.round(fitted)}" lengthAdjust="spacingAndGlyphs">${escaped(line)}</text>`;
      })
      .join('') +
    '</g>'
  );
};

/** Words on as few lines as hold them; a word that is too long for a line is one nevertheless. */
const linesOf = (text: string, size: number, widthOf: (words: string, size: number) => number): string[] => {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const longer = lines.length === 0 ? word : `${lines[lines.length - 1]} ${word}`;
    if (lines.length > 0 && widthOf(longer, size) <= WIDEST) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
};

const escaped = (text: string): string =>
  text
    .replace(/[\p{Cc}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
