import type { Rng } from '../src/domain/rng.ts';
import { normalSource } from '../src/math/random.ts';

/** Of the vectors that are drawn. */
export const DIMENSION = 64;

/** The spread of a cluster beside that of the centres, which are N(0, I). */
const SPREAD = 0.5;

export interface DrawnVectors {
  /** [points, 64] */
  readonly points: Float32Array;
  readonly queries: readonly Float32Array[];
}

/** Points and queries around the same centres: 200 of them up to 100,000 points, 1,000 above. */
export const drawVectors = (points: number, queries: number, rng: Rng): DrawnVectors => {
  const centreCount = points <= 100_000 ? 200 : 1_000;
  const uniform = () => rng.next();
  const normal = normalSource(uniform);
  const centres = Float32Array.from({ length: centreCount * DIMENSION }, normal);
  const draw = (count: number): Float32Array => {
    const out = new Float32Array(count * DIMENSION);
    for (let to = 0; to < out.length; to += DIMENSION) {
      const centre = DIMENSION * Math.floor(centreCount * uniform());
      for (let i = 0; i < DIMENSION; i++) out[to + i] = centres[centre + i] + SPREAD * normal();
    }
    return out;
  };
  const drawn = draw(points);
  const asked = draw(queries);
  return {
    points: drawn,
    queries: Array.from({ length: queries }, (_, i) => asked.slice(i * DIMENSION, (i + 1) * DIMENSION)),
  };
};

/** 10000 as `10k`, 1000000 as `1m`. */
export const sizeName = (size: number): string =>
  size >= 1_000_000 ? `${size / 1_000_000}m` : `${size / 1_000}k`;
