import { publishVersion, setCurrentVersion, type Version } from '../artifacts/publish.ts';
import { type ArtworkSelections, precomputeSelections } from '../bandits/artwork-selector.ts';
import { moodProfile, titleThemesOf } from '../bandits/mood-profile.ts';
import { countPlays } from '../candidate-gen/popularity.ts';
import { DAY_MS } from '../domain/clock.ts';
import type { Progress } from '../domain/progress.ts';
import type { Dataset } from '../domain/tables.ts';
import { type PublishedModels, writeModels } from '../serving/model-version.ts';
import { NO_ARTWORK } from '../serving/pipelines/parts.ts';
import type { TrainedArtwork, TrainedRanking, TrainedRetrieval } from '../training/train.ts';
import { twoTowerOf } from './retrieval-stage.ts';
import type { Subject } from './subject.ts';

/** Titles for which each member's artworks are chosen ahead: the most likely ones. */
const SELECTED_TITLES = 50;

const TRENDING_HALF_LIFE_MS = 3 * DAY_MS;

export interface Trained {
  readonly retrieval: TrainedRetrieval;
  readonly ranking: TrainedRanking;
  readonly artwork?: TrainedArtwork;
}

/** The artworks chosen ahead for each member's likely titles. */
export const selectArtworks = async (
  subject: Subject,
  { retrieval, ranking, artwork }: Trained,
  progress: Progress,
): Promise<ArtworkSelections | undefined> => {
  const { dataset, until, rng, clock } = subject;
  const { artworks, members } = dataset;
  if (artwork === undefined || artworks === undefined) return undefined;
  const count = members.ids.length;
  const step = progress.step('choose artworks ahead', 2 * count);
  const generator = twoTowerOf(subject, retrieval);
  const context = { rng, clock, signal: new AbortController().signal };
  const likely: Uint32Array[] = [];
  for (let member = 0; member < count; member++) {
    const profile = ranking.known.profileOf(member);
    const request = {
      requestId: `likely-${member}`,
      memberId: members.ids[member],
      member,
      at: until,
      device: profile.device,
      profile,
    };
    likely.push((await generator.generate(request, SELECTED_TITLES, context)).items);
    if (member % 500 === 0) step.advance(member);
  }
  const themes = titleThemesOf(artworks);
  const selections = precomputeSelections({
    members: Uint32Array.from({ length: count }, (_, member) => member),
    titlesOf: (member) => likely[member],
    profileOf: (member) => {
      if (member % 500 === 0) step.advance(count + member);
      const { historyTitles, historyFractions } = ranking.known.profileOf(member);
      return moodProfile(historyTitles, historyFractions, themes);
    },
    artworks,
    stats: artwork.stats,
    policy: artwork.policy,
    rng: rng.fork('selections'),
  });
  step.end(
    `${selections.titles.length.toLocaleString('en')} selections for ${count.toLocaleString('en')} members`,
  );
  return selections;
};

const mostTakenOf = (dataset: Dataset, artwork: TrainedArtwork): Uint32Array =>
  Uint32Array.from(dataset.titles.ids, (_, title) => {
    const best = artwork.stats.mostTaken(title);
    return best < 0 ? NO_ARTWORK : best;
  });

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
  const { retrieval, ranking, artwork } = trained;
  const { dataset, until } = subject;
  const models: PublishedModels = {
    meta: { dataset: dataset.name, seed, backend, publishedAt: until },
    twoTower: retrieval.twoTower,
    ranker: ranking.ranker,
    examination: retrieval.examination,
    counts: ranking.known.counts,
    trending: countPlays(dataset.plays, dataset.titles.ids.length, {
      before: until,
      halfLifeMs: TRENDING_HALF_LIFE_MS,
    }),
    profiles: dataset.members.ids.map((_, member) => ranking.known.profileOf(member)),
    ...(artwork === undefined || selections === undefined
      ? {}
      : {
          artwork: {
            policy: artwork.policy.save(),
            takes: artwork.stats.takes,
            exposures: artwork.stats.exposures,
            mostTaken: mostTakenOf(dataset, artwork),
            selections,
          },
        }),
  };
  const published = await publishVersion(root, version, (dir) => writeModels(dir, models));
  setCurrentVersion(root, version);
  return published;
};
