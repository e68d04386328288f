/** What every drawing is given, and the few moves that many of them make. */
import type { Rng } from '../../domain/rng.ts';
import type { Mood } from './mood.ts';
import type { Palette } from './palette.ts';
import { circle, WIDTH } from './shapes.ts';

export interface Scene {
  readonly colors: Palette;
  readonly mood: Mood;
  readonly rng: Rng;
  /** Where the eye goes first. */
  readonly x: number;
  readonly y: number;
  /** Of the main shape, about 1. */
  readonly size: number;
}

export type Composition = (scene: Scene) => string;

export const repeat = (count: number, draw: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => draw(i)).join('');

export const between = (rng: Rng, low: number, high: number): number => low + (high - low) * rng.next();

export const ridge = (rng: Rng, points: number, low: number, high: number): number[] =>
  Array.from({ length: points }, () => between(rng, low, high));

export const skyStars = ({ rng, colors }: Scene, count: number): string =>
  repeat(count, () =>
    circle(WIDTH * rng.next(), 120 * rng.next(), between(rng, 0.5, 1.6), {
      fill: colors.glow,
      opacity: between(rng, 0.4, 1),
    }),
  );
