import type { EpochMs } from '../domain/clock.ts';
import { createRng } from '../domain/rng.ts';
import type { Artworks, Catalogue, Members } from '../domain/tables.ts';
import { sigmoid } from '../math/statistics.ts';
import { createArtworks, createGenreSpace, createTitles } from './catalogue.ts';
import type { WorldConfig } from './config.ts';
import { createMembers } from './population.ts';
import {
  artworkClickLogit,
  examinationProbability,
  finishProbability,
  type Truth,
  titleClickLogit,
} from './response.ts';
import { WORLD_VOCABULARY } from './vocabulary.ts';

/** Where and when a title is shown. */
export interface Placement {
  readonly device: number;
  readonly row: number;
  readonly position: number;
  readonly at: EpochMs;
}

export interface Expectation {
  readonly examined: number;
  readonly clickGivenExamined: number;
  readonly finishGivenClick: number;
}

/** A simulated world and what is true in it. Members, titles and artworks are row numbers. */
export interface World {
  readonly config: WorldConfig;
  readonly catalogue: Catalogue & { readonly artworks: Artworks };
  readonly members: Members;
  readonly truth: Truth;
  /** The expected course of one impression. */
  expect(member: number, title: number, artwork: number, placement: Placement): Expectation;
  /** As `expect`, the artwork being drawn uniformly from the title's, as the logs do. */
  expectOverArtworks(member: number, title: number, placement: Placement): Expectation;
}

export const createWorld = (config: WorldConfig): World => {
  const rng = createRng(config.seed);
  const space = createGenreSpace(rng.fork('genres'));
  const { titles, truth: title } = createTitles(config, space, rng.fork('titles'));
  const { artworks, truth: artwork } = createArtworks(config, title.mood, rng.fork('artworks'));
  const { members, truth: member } = createMembers(config, space, rng.fork('members'));
  const truth: Truth = { titles, title, artwork, artworkTheme: artworks.theme, member };
  return {
    config,
    catalogue: { vocabulary: WORLD_VOCABULARY, titles, artworks },
    members,
    truth,
    expect: (m, t, a, { device, row, position, at }) => ({
      examined: examinationProbability(device, row, position),
      clickGivenExamined: sigmoid(titleClickLogit(truth, m, t, device, at) + artworkClickLogit(truth, m, a)),
      finishGivenClick: finishProbability(truth, m, t, a),
    }),
    expectOverArtworks: (m, t, { device, row, position, at }) => {
      const base = titleClickLogit(truth, m, t, device, at);
      const first = artworks.titleOffsets[t];
      const end = artworks.titleOffsets[t + 1];
      let click = 0;
      let finish = 0;
      for (let a = first; a < end; a++) {
        const p = sigmoid(base + artworkClickLogit(truth, m, a));
        click += p;
        finish += p * finishProbability(truth, m, t, a);
      }
      return {
        examined: examinationProbability(device, row, position),
        clickGivenExamined: click / (end - first),
        finishGivenClick: finish / click,
      };
    },
  };
};
