import { selectionTables } from '../../src/bandits/artwork-selector.ts';
import { createRng } from '../../src/domain/rng.ts';
import type { ArtworkBatch } from '../../src/experiments/artwork-chunk.ts';
import { artworksOf } from '../bandits/artwork-fixture.ts';

/** 3,000 members with 40 titles each, in chunks small enough that a run takes a while. */
export const plantedBatch = (): ArtworkBatch => {
  const rng = createRng(6);
  const [titles, members, each, themeSize] = [200, 3_000, 40, 4];
  const theme = (): number[] => Array.from({ length: themeSize }, () => 2 * rng.next() - 1);
  const artworks = artworksOf(
    Array.from({ length: titles }, () => Array.from({ length: 3 + Math.floor(6 * rng.next()) }, theme)),
  );
  const count = artworks.title.length;
  const model = {
    themeSize,
    contextSize: 1,
    weights: new Float64Array(themeSize),
    pull: Float64Array.from({ length: count }, () => rng.next()),
  };
  const exploring = new Float32Array(count).fill(0.03);
  return {
    tables: selectionTables({ model, artworks, barred: new Uint8Array(count), exploring }, 99),
    members: Uint32Array.from({ length: members }, (_, m) => m),
    moods: Float32Array.from({ length: members * themeSize }, () => 2 * rng.next() - 1),
    memberOffsets: Uint32Array.from({ length: members + 1 }, (_, m) => m * each),
    titles: Uint32Array.from({ length: members * each }, (_, i) => (i * 7) % titles),
    membersPerChunk: 50,
  };
};
