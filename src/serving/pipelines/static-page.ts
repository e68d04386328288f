/** The last rung: a page that needs no model, no store and no other thread, made when the server starts. */
import { dayOf, type EpochMs } from '../../domain/clock.ts';
import type { Catalogue } from '../../domain/tables.ts';
import type { Dressed } from './journey.ts';
import { NO_ARTWORK } from './parts.ts';

/** Titles that it shows. */
const SIZE = 40;

/** The newest titles of the catalogue, each with its first artwork, if it has one. */
export const staticPage = ({ titles, artworks }: Catalogue, at: EpochMs): Dressed => {
  const today = dayOf(at);
  const released = Uint32Array.from(titles.ids.keys()).filter((title) => titles.releaseDay[title] <= today);
  released.sort((a, b) => titles.releaseDay[b] - titles.releaseDay[a] || a - b);
  const shown = released.slice(0, SIZE);
  const firstArtwork = (title: number): number => {
    const [first, end] = [artworks?.titleOffsets[title] ?? 0, artworks?.titleOffsets[title + 1] ?? 0];
    return first < end ? first : NO_ARTWORK;
  };
  return {
    origin: 'static',
    rows: [
      {
        template: 'new-releases',
        heading: 'New releases',
        titles: shown,
        scores: new Float32Array(shown.length),
        reasons: Array.from(shown, (title) => ({
          kind: 'new-release',
          releaseDay: titles.releaseDay[title],
        })),
        origins: Array.from(shown, () => ({ source: 'catalogue', score: 0 })),
        choice: {
          artworks: shown.map(firstArtwork),
          propensities: new Float32Array(shown.length).fill(1),
          selected: new Uint8Array(shown.length),
        },
      },
    ],
  };
};
