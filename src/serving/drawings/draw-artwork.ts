/** An artwork as an SVG image: its genre's shapes in its mood's colours, and the title's name. The same for the same input. */
import { createRng } from '../../domain/rng.ts';
import { compositionOf } from './compositions.ts';
import { lettering } from './lettering.ts';
import { type Mood, moodOfTheme } from './mood.ts';
import { type Palette, paletteOf } from './palette.ts';
import { circle, HEIGHT, line, WIDTH } from './shapes.ts';

export interface Drawn {
  /** Whatever names the artwork: what is drawn by chance is drawn from it. */
  readonly id: string;
  /** Lettered across the foot; absent: no letters and no dark foot under them. */
  readonly name?: string;
  readonly genre: string;
  readonly theme: ArrayLike<number>;
}

/** The text of the image, 320 by 180. */
export const drawArtwork = ({ id, name, genre, theme }: Drawn): string => {
  const mood = moodOfTheme(theme);
  const colors = paletteOf(mood);
  const rng = createRng(1).fork(`artwork/${id}`);
  const scene = {
    colors,
    mood,
    rng,
    x: 120 + 100 * rng.next(),
    y: 56 + 20 * rng.next(),
    size: 1 + 0.26 * mood.scale,
  };
  const tilt = Math.round(7 * mood.pace * (rng.next() < 0.5 ? -1 : 1));
  const shapes = compositionOf(genre)(scene);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${2 * WIDTH}" height="${2 * HEIGHT}">` +
    `<defs>${gradient('sky', colors.skyTop, colors.skyLow)}` +
    `<linearGradient id="foot" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#0b0910" stop-opacity="0"/><stop offset="1" stop-color="#0b0910" stop-opacity=".86"/></linearGradient></defs>` +
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="url(#sky)"/>` +
    `<g transform="rotate(${tilt} 160 90) translate(160 90) scale(${tilt === 0 ? 1 : 1.16}) translate(-160 -90)">${shapes}</g>` +
    atmosphere(mood, colors, rng.fork('air')) +
    (name === undefined
      ? ''
      : `<rect y="96" width="${WIDTH}" height="84" fill="url(#foot)"/>${lettering(name, genre, mood)}`) +
    `</svg>`
  );
};

const gradient = (id: string, from: string, to: string): string =>
  `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${from}"/><stop offset="1" stop-color="${to}"/></linearGradient>`;

/** What lies over all of it: confetti of the playful, fog of the mysterious, rain of the tense. */
const atmosphere = ({ play, mystery, tension }: Mood, colors: Palette, rng: { next(): number }): string => {
  let air = '';
  for (let i = 0; i < Math.round(22 * Math.max(0, play - 0.2)); i++) {
    const fill = i % 2 === 0 ? colors.accent : colors.glow;
    air += circle(WIDTH * rng.next(), 130 * rng.next(), 1.5 + 2.5 * rng.next(), { fill });
  }
  for (let i = 0; i < Math.round(6 * Math.max(0, mystery - 0.2)); i++) {
    air += `<rect x="-10" y="${Math.round(40 + 100 * rng.next())}" width="340" height="${Math.round(8 + 12 * rng.next())}" rx="8" fill="${colors.skyTop}" opacity=".4"/>`;
  }
  for (let i = 0; i < Math.round(26 * Math.max(0, tension - 0.2)); i++) {
    const [x, y] = [WIDTH * rng.next(), 150 * rng.next()];
    air += line([x, y, x - 5, y + 15], { stroke: colors.glow, width: 0.8, opacity: 0.5 });
  }
  return air;
};
