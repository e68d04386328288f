import { type ArtworkSelections, precomputeSelections } from '../bandits/artwork-selector.ts';
import { moodProfile, titleThemesOf } from '../bandits/mood-profile.ts';
import type { CandidateGenerator } from '../candidate-gen/contract.ts';
import { heldTo, type Measurement } from '../domain/measurement.ts';
import type { Progress } from '../domain/progress.ts';
import type { Rng } from '../domain/rng.ts';
import { type ArtworkLookup, NO_ARTWORK } from '../serving/pipelines/parts.ts';
import type { Known } from '../training/replay.ts';
import type { TrainedArtwork } from '../training/train.ts';
import { latencyQuantile, sampleLatencyMs } from './latency.ts';
import type { Subject } from './subject.ts';

/** Titles for which each member's artworks are chosen ahead: those that the source proposes first. */
const SELECTED_TITLES = 50;

/** The artworks chosen ahead for each member's likely titles, or undefined where there are none to choose from. */
export const chooseArtworks = async (options: {
  readonly subject: Subject;
  readonly artwork: TrainedArtwork | undefined;
  readonly known: Known;
  /** Whose first candidates are a member's likely titles. */
  readonly source: CandidateGenerator;
  readonly progress: Progress;
}): Promise<ArtworkSelections | undefined> => {
  const { artwork, known, source, progress } = options;
  const { dataset, until, rng, clock } = options.subject;
  const { artworks, members } = dataset;
  if (artwork === undefined || artworks === undefined) return undefined;
  const count = members.ids.length;
  const step = progress.step('choose artworks ahead', 2 * count);
  const context = { rng, clock, signal: new AbortController().signal };
  const likely: Uint32Array[] = [];
  for (let member = 0; member < count; member++) {
    const profile = known.profileOf(member);
    const { device } = profile;
    const request = {
      requestId: `likely-${member}`,
      memberId: members.ids[member],
      member,
      at: until,
      device,
      profile,
    };
    likely.push((await source.generate(request, SELECTED_TITLES, context)).items);
    if (member % 500 === 0) step.advance(member);
  }
  const themes = titleThemesOf(artworks);
  const selections = precomputeSelections({
    members: Uint32Array.from({ length: count }, (_, member) => member),
    titlesOf: (member) => likely[member],
    profileOf: (member) => {
      if (member % 500 === 0) step.advance(count + member);
      const { historyTitles, historyFractions } = known.profileOf(member);
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

/** Each title's most taken artwork, or NO_ARTWORK, [titles]. */
export const mostTakenOf = (titles: number, { stats }: TrainedArtwork): Uint32Array =>
  Uint32Array.from({ length: titles }, (_, title) => {
    const best = stats.mostTaken(title);
    return best < 0 ? NO_ARTWORK : best;
  });

/** Titles on a full page, all looked up at once. */
const PAGE_TITLES = 80;

/** How long the artworks of a page take to look up. */
export const measureLookUp = async (options: {
  readonly artworks: ArtworkLookup;
  readonly memberIds: readonly string[];
  readonly titles: number;
  readonly small: boolean;
  readonly rng: Rng;
}): Promise<Measurement> => {
  const { artworks, memberIds, small, rng } = options;
  const draws = rng.fork('look-ups');
  const draw = (n: number): number => Math.floor(draws.next() * n);
  const titles = Uint32Array.from({ length: PAGE_TITLES }, () => draw(options.titles));
  const samples = await sampleLatencyMs({ warmUp: 500, samples: small ? 1_000 : 5_000 }, () =>
    artworks.forTitles(memberIds[draw(memberIds.length)], titles),
  );
  return heldTo(
    {
      ...latencyQuantile('artwork.lookup.p99', samples, 0.99),
      protocol: `artworks of ${PAGE_TITLES} titles for a member drawn at random, from the store, one look-up after another`,
    },
    5,
  );
};
