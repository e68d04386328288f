/**
 * Artwork selections that a batch computed ahead, one block for each member, under the version of the model
 * that selected them, for as long as that version is good for. A block holds n titles and a byte for the
 * choice in each, from which the artwork and its exact propensity follow:
 *   titles u32[n], choices u8[n], little-endian
 */
import { keptByTitle, placeChosen, propensityOf } from '../bandits/artwork-selector.ts';
import { DAY_MS } from '../domain/clock.ts';
import { dependencyError } from '../domain/errors.ts';
import { type ArtworkChoice, type ArtworkLookup, NO_ARTWORK } from './pipelines/parts.ts';
import type { Store, Write } from './stores/contract.ts';
import { loadOnce } from './stores/load-once.ts';
import { expectVersion } from './version-name.ts';

/** Member m's selections are the rows `memberOffsets[m] .. memberOffsets[m + 1])`; no title twice in them. */
export interface ArtworkSelections {
  readonly memberIds: readonly string[];
  readonly memberOffsets: Uint32Array; // [members + 1]
  readonly titles: Uint32Array;
  /** As `selectForMember` writes them. */
  readonly choices: Uint8Array;
}

export interface ArtworkStoreParts {
  readonly store: Store;
  readonly version: string;
  /** Each title's most taken artwork, or NO_ARTWORK, [titles]. */
  readonly mostTaken: Uint32Array;
  /** The artworks of title t are the rows `titleOffsets[t] .. titleOffsets[t + 1])`. */
  readonly titleOffsets: Uint32Array; // [titles + 1]
  /** P(shown for the sake of learning) of each artwork as they were chosen, [artworks]. */
  readonly exploring: Float32Array;
  /** How long selections are good for, from when they are loaded; the most taken stand in afterwards. Default 14 days. */
  readonly ttlMs?: number;
}

export interface ArtworkStore extends ArtworkLookup {
  /** Whether this version was loaded before: then there is no need to read what `load` takes. */
  isLoaded(): Promise<boolean>;
  /** How many members' selections were written: 0 when this version was loaded before. */
  load(selections: ArtworkSelections): Promise<number>;
  /** Removes every other version's selections but those of `kept`, and says of how many members. */
  dropOthers(kept?: readonly string[]): Promise<number>;
}

const ENTRY_BYTES = 5;
const DEFAULT_TTL_MS = 14 * DAY_MS;

export const createArtworkStore = (parts: ArtworkStoreParts): ArtworkStore => {
  const { store, version, mostTaken, titleOffsets, exploring, ttlMs = DEFAULT_TTL_MS } = parts;
  const shares = { titleOffsets, exploring, kept: keptByTitle(titleOffsets, exploring) };
  const keyOf = (memberId: string): string => `artwork/${version}/${memberId}`;
  const rowOf = new Uint32Array(titleOffsets.length - 1); // of the block in hand, plus 1; 0 again before a turn ends
  const marker = `loaded/artwork/${expectVersion(version)}`;

  const defaults = (titles: Uint32Array): ArtworkChoice => {
    const n = titles.length;
    const buffer = new ArrayBuffer(9 * n); // one for three arrays: what a look-up leaves behind is most of its p99
    const artworks = new Uint32Array(buffer, 0, n);
    for (let i = 0; i < n; i++) artworks[i] = mostTaken[titles[i]] ?? NO_ARTWORK;
    return {
      artworks,
      propensities: new Float32Array(buffer, 4 * n, n).fill(1),
      selected: new Uint8Array(buffer, 8 * n, n),
    };
  };

  return {
    defaults,
    async forTitles(memberId, titles) {
      const choice = defaults(titles);
      const bytes = await store.get(keyOf(memberId));
      if (bytes === undefined) return choice;
      const block = decodeBlock(bytes, keyOf(memberId));
      for (let row = 0; row < block.titles.length; row++) rowOf[block.titles[row]] = row + 1;
      for (let i = 0; i < titles.length; i++) {
        const title = titles[i];
        if (!rowOf[title]) continue;
        const chosen = block.choices[rowOf[title] - 1];
        choice.artworks[i] = titleOffsets[title] + placeChosen(chosen);
        choice.propensities[i] = propensityOf(chosen, title, shares);
        choice.selected[i] = 1;
      }
      for (const title of block.titles) rowOf[title] = 0;
      return choice;
    },
    async isLoaded() {
      return (await store.get(marker)) !== undefined;
    },
    async load(selections) {
      expectAligned(selections);
      const { memberIds, memberOffsets } = selections;
      const writes = function* (): Generator<Write> {
        for (let member = 0; member < memberIds.length; member++) {
          if (memberOffsets[member] === memberOffsets[member + 1]) continue;
          yield { key: keyOf(memberIds[member]), value: encodeBlock(selections, member), ttlMs };
        }
      };
      return loadOnce(store, marker, writes());
    },
    async dropOthers(kept = []) {
      const staying = new Set([version, ...kept]);
      let dropped = 0;
      for await (const keys of store.keys('artwork/')) {
        const others = keys.filter((key) => !staying.has(versionIn(key)));
        const markers = new Set(others.map((key) => `loaded/artwork/${versionIn(key)}`));
        // Markers first: what is half removed must not pass for loaded.
        for (const each of [[...markers], others]) {
          await store.batch(each.map((key) => ({ key, value: undefined })));
        }
        dropped += others.length;
      }
      return dropped;
    },
  };
};

const versionIn = (key: string): string => key.split('/')[1];

/** @throws RangeError when the columns differ in length, or the offsets do not rise from 0 to it */
const expectAligned = ({ memberIds, memberOffsets, titles, choices }: ArtworkSelections): void => {
  if (choices.length !== titles.length) {
    throw new RangeError(
      `selections: expected columns of one length, got ${titles.length} titles and ${choices.length} choices`,
    );
  }
  if (memberOffsets.length !== memberIds.length + 1) {
    throw new RangeError(`memberOffsets: expected ${memberIds.length + 1}, got ${memberOffsets.length}`);
  }
  for (let i = 0; i <= memberIds.length; i++) {
    const previous = i === 0 ? 0 : memberOffsets[i - 1];
    const isRight = i === 0 ? memberOffsets[0] === 0 : memberOffsets[i] >= previous;
    if (!isRight || (i === memberIds.length && memberOffsets[i] !== titles.length)) {
      throw new RangeError(
        `memberOffsets: expected to rise from 0 to ${titles.length}, got ${memberOffsets[i]} at ${i}`,
      );
    }
  }
};

const encodeBlock = (selections: ArtworkSelections, member: number): Uint8Array => {
  const from = selections.memberOffsets[member];
  const to = selections.memberOffsets[member + 1];
  const bytes = new Uint8Array(ENTRY_BYTES * (to - from));
  const block = blockOver(bytes);
  block.titles.set(selections.titles.subarray(from, to));
  block.choices.set(selections.choices.subarray(from, to));
  return bytes;
};

const decodeBlock = (bytes: Uint8Array, key: string): ReturnType<typeof blockOver> => {
  if (bytes.length % ENTRY_BYTES !== 0) {
    throw dependencyError(
      'artwork-damaged',
      `${key}: got ${bytes.length} bytes, expected a multiple of ${ENTRY_BYTES}`,
    );
  }
  return blockOver(bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes));
};

const blockOver = ({ buffer, byteOffset, length }: Uint8Array) => {
  const size = length / ENTRY_BYTES;
  return {
    titles: new Uint32Array(buffer, byteOffset, size),
    choices: new Uint8Array(buffer, byteOffset + 4 * size, size),
  };
};
