import type { Artworks } from '../domain/tables.ts';
import type { ArtworkStats } from './artwork-stats.ts';

export interface ExplorationSettings {
  /** Share of all decisions that is drawn uniformly, so that every log can be learned from and evaluated with. */
  readonly floor: number;
  /** Share of a title's decisions that goes to its new artworks, as long as it has any. */
  readonly newShare: number;
  /** An artwork is new until the 95 % interval of its take rate is at most so wide to either side. */
  readonly narrowEnough: number;
}

export const EXPLORATION: ExplorationSettings = { floor: 0.005, newShare: 0.005, narrowEnough: 0.1 };

/** Half of the 95 % interval of an artwork's take rate, by Agresti and Coull (1998), from exposures and takes. */
export const takeRateHalfWidth = (takes: number, exposures: number): number => {
  const n = exposures + 4;
  const rate = Math.min(1, (takes + 2) / n);
  return 1.96 * Math.sqrt((rate * (1 - rate)) / n);
};

/**
 * P(shown for the sake of learning) of each artwork, [artworks]: an equal part of `floor`, and for new artworks
 * an equal part of `newShare`. What is left of 1 in a title goes to the artwork that suits the member most. None
 * for a barred artwork: it is known well enough.
 */
export const explorationShares = (
  { titleOffsets, title }: Artworks,
  stats: ArtworkStats,
  barred: Uint8Array,
  { floor, newShare, narrowEnough }: ExplorationSettings = EXPLORATION,
): Float32Array => {
  const shares = new Float32Array(title.length);
  for (let t = 0; t + 1 < titleOffsets.length; t++) {
    const allowed: number[] = [];
    for (let a = titleOffsets[t]; a < titleOffsets[t + 1]; a++) if (barred[a] === 0) allowed.push(a);
    const fresh = allowed.filter((a) => takeRateHalfWidth(stats.takes[a], stats.exposures[a]) > narrowEnough);
    for (const a of allowed) shares[a] = floor / allowed.length;
    for (const a of fresh) shares[a] += newShare / fresh.length;
  }
  return shares;
};

/** A number that stands for a version in `chance`: the same text, the same number. 32 bits, FNV-1a. */
export const versionKey = (version: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < version.length; i++) hash = Math.imul(hash ^ version.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};

/**
 * A number of [0, 1), spread evenly over members, titles and versions, and the same for the same three: who explores
 * is no matter of when, where and how often it is asked. @see Appleby, MurmurHash3, 2011 (its last mixing)
 */
export const chance = (key: number, member: number, title: number): number => {
  const h = mixed(mixed(key ^ Math.imul(member + 1, 0x9e3779b1)) ^ Math.imul(title + 1, 0x85ebca77));
  return (h >>> 0) / 0x1_0000_0000;
};

const mixed = (x: number): number => {
  let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
};
