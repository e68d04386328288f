/** The colours of a drawing, from its mood alone: so a mood is known by them from one title to the next. */
import type { Mood } from './mood.ts';

export interface Palette {
  readonly skyTop: string;
  readonly skyLow: string;
  readonly far: string;
  readonly middle: string;
  readonly near: string;
  /** Against all the others. */
  readonly accent: string;
  readonly glow: string;
}

/** Hues around the circle that warmth and tenderness span, from warm by way of tender, cool and harsh to warm again. */
const HUES = [22, -8, -40, -85, -142, -168, -192, -315, -338];

/** The hue of a direction, between those of its two neighbours. */
const hueOf = (warmth: number, tenderness: number): number => {
  const turn = ((Math.atan2(tenderness, warmth) / (2 * Math.PI) + 1) % 1) * (HUES.length - 1);
  const from = Math.floor(turn);
  return HUES[from] + (turn - from) * (HUES[from + 1] - HUES[from]);
};

const hsl = (hue: number, saturation: number, lightness: number): string =>
  `hsl(${Math.round((hue + 720) % 360)},${Math.round(saturation)}%,${Math.round(lightness)}%)`;

export const paletteOf = ({ warmth, tenderness, light, play, mystery }: Mood): Palette => {
  const hue = hueOf(warmth, tenderness);
  const saturation = 40 + 18 * Math.min(1, Math.hypot(warmth, tenderness)) + 10 * play;
  const sky = 38 + 26 * light;
  const other = hue + 165 + 45 * mystery;
  return {
    skyTop: hsl(hue - 24, saturation, sky - 14),
    skyLow: hsl(hue + 14, saturation + 8, sky + 14),
    far: hsl(hue - 10, saturation - 10, sky - 4),
    middle: hsl(hue - 20, saturation - 6, 0.62 * sky),
    near: hsl(hue - 30, saturation - 4, 0.3 * sky),
    accent: hsl(other, Math.min(84, saturation + 22), 62),
    glow: hsl(hue + 26, 84, Math.min(90, sky + 36)),
  };
};
