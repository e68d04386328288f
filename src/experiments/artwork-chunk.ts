import { type SelectionTables, selectForMember } from '../bandits/artwork-selector.ts';

/** All that the choices follow from, as flat numbers. */
export interface ArtworkBatch {
  readonly tables: SelectionTables;
  /** Rows of the members table. */
  readonly members: Uint32Array;
  readonly moods: Float32Array; // [members, themeSize]
  readonly memberOffsets: Uint32Array; // [members + 1]
  /** Each with an artwork. */
  readonly titles: Uint32Array; // [n]
  readonly membersPerChunk: number;
}

/** The choices of one chunk's members, one after the other. */
export const chunkBytes = (batch: ArtworkBatch, chunk: number): Uint8Array<ArrayBuffer> => {
  const { tables, members, moods, memberOffsets, titles, membersPerChunk } = batch;
  const first = chunk * membersPerChunk;
  const end = Math.min(members.length, first + membersPerChunk);
  const start = memberOffsets[first];
  const choices = new Uint8Array(memberOffsets[end] - start);
  const ofChunk = titles.subarray(start, memberOffsets[end]);
  const { themeSize } = tables;
  for (let m = first; m < end; m++) {
    const mood = moods.subarray(m * themeSize, (m + 1) * themeSize);
    const [from, to] = [memberOffsets[m] - start, memberOffsets[m + 1] - start];
    selectForMember(tables, members[m], mood, ofChunk, from, to, choices);
  }
  return choices;
};
