import { publishVersion, setCurrentVersion, type Version } from '../artifacts/publish.ts';
import { artworkModelState } from '../bandits/artwork-model.ts';
import type { ArtworkSelections } from '../bandits/artwork-selector.ts';
import { DAY_MS } from '../domain/clock.ts';
import { countTopInCountry } from '../features/country-counts.ts';
import { type PublishedModels, writeModels } from '../serving/model-version.ts';
import { rehearse } from '../serving/watching/rehearsal.ts';
import type { TrainedArtwork } from '../training/artwork.ts';
import { learnRowPriors } from '../training/row-priors.ts';
import { type TrainedSources, trendingBefore } from '../training/sources.ts';
import type { TrainedRanking, TrainedRetrieval } from '../training/train.ts';
import { mostTakenOf } from './choose-artworks.ts';
import type { Subject } from './subject.ts';

/** What a row of the ten most watched shows. */
export const COUNTRY_WINDOW = { halfLifeMs: 7 * DAY_MS, k: 10 } as const;

export interface Trained {
  readonly retrieval: TrainedRetrieval;
  readonly sources: TrainedSources;
  readonly ranking: TrainedRanking;
  readonly artwork?: TrainedArtwork;
}

/** Publishes what was trained as the current version of `root`, whole or not at all. */
export const publishModels = async (options: {
  readonly root: string;
  readonly version: string;
  readonly subject: Subject;
  readonly trained: Trained;
  readonly selections: ArtworkSelections | undefined;
  readonly backend: string;
  readonly seed: number;
}): Promise<Version> => {
  const { root, version, subject, trained, selections, backend, seed } = options;
  const { retrieval, sources, ranking, artwork } = trained;
  const { dataset, until } = subject;
  const profiles = dataset.members.ids.map((_, member) => ranking.known.profileOf(member));
  const models: PublishedModels = {
    meta: { dataset: dataset.name, seed, backend, publishedAt: until },
    twoTower: retrieval.twoTower,
    sources,
    taste: retrieval.taste,
    ranker: ranking.ranker,
    examination: retrieval.examination,
    counts: ranking.known.counts,
    trending: trendingBefore(dataset, until),
    topInCountry: countTopInCountry(dataset.plays, dataset.members, dataset.vocabulary.countries.length, {
      before: until,
      ...COUNTRY_WINDOW,
    }),
    profiles,
    ...(dataset.impressions === undefined ? {} : { rowPriors: learnRowPriors(profiles, dataset.vocabulary) }),
    ...(artwork === undefined || selections === undefined
      ? {}
      : {
          artwork: {
            policy: artworkModelState(artwork.policy.model),
            takes: artwork.stats.takes,
            exposures: artwork.stats.exposures,
            exploring: artwork.policy.exploring,
            mostTaken: mostTakenOf(dataset.titles.ids.length, artwork),
            selections,
          },
        }),
  };
  const snapshots = await rehearse(models, { catalogue: dataset, members: dataset.members });
  const whole = snapshots.length === 0 ? models : { ...models, snapshots };
  const published = await publishVersion(root, version, (dir) => writeModels(dir, whole));
  setCurrentVersion(root, version);
  return published;
};
