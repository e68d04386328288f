/**
 * Artwork selections that a batch computed ahead, one block for each member, under the version of the model
 * that selected them, for as long as that version is good for. A block holds n titles in ascending order and a byte
 * for the choice in each, from which the artwork and its exact propensity follow:
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
      titles.forEach((title, i) => {
        const place = placeOf(title, block.titles);
        if (place === undefined) return;
        const chosen = block.choices[place];
        choice.artworks[i] = titleOffsets[title] + placeChosen(chosen);
        choice.propensities[i] = propensityOf(chosen, title, shares);
        choice.selected[i] = 1;
      });
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
  const titles = selections.titles.subarray(from, to);
  const choices = selections.choices.subarray(from, to);
  const bytes = new Uint8Array(ENTRY_BYTES * titles.length);
  const block = blockOver(bytes);
  if (isAscending(titles)) {
    block.titles.set(titles);
    block.choices.set(choices);
    return bytes;
  }
  // Title and place in one number, for numbers are sorted ten times as fast without a comparison of one's own.
  const n = titles.length;
  const keys = new Float64Array(n);
  for (let row = 0; row < n; row++) keys[row] = titles[row] * n + row;
  keys.sort();
  for (let i = 0; i < n; i++) {
    const title = Math.floor(keys[i] / n);
    block.titles[i] = title;
    block.choices[i] = choices[keys[i] - title * n];
  }
  return bytes;
};

const isAscending = (values: Uint32Array): boolean => {
  for (let i = 1; i < values.length; i++) if (values[i] <= values[i - 1]) return false;
  return true;
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

/** Where the title stands among ascending ones. */
const placeOf = (title: number, ascending: Uint32Array): number | undefined => {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < title) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === title ? low : undefined;
};
