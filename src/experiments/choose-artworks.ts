import { availableParallelism } from 'node:os';
import { versionKey } from '../bandits/artwork-exploration.ts';
import { type ArtworkSelections, selectionTables } from '../bandits/artwork-selector.ts';
import type { CandidateGenerator } from '../candidate-gen/contract.ts';
import type { Progress } from '../domain/progress.ts';
import { NO_ARTWORK } from '../serving/pipelines/parts.ts';
import type { TrainedArtwork } from '../training/artwork.ts';
import type { Known } from '../training/replay.ts';
import { runArtworkBatch } from './artwork-batch.ts';
import type { ArtworkBatch } from './artwork-chunk.ts';
import type { Subject } from './subject.ts';

/** Titles for which each member's artworks are chosen ahead: as many as a page ranks, so that hardly one shows a default. */
const SELECTED_TITLES = 500;
const MEMBERS_PER_CHUNK = 500;
/** Below this many selections, threads take longer to start than they save. */
const WORTH_THREADS = 5_000_000;

export interface ChoosingOptions {
  readonly subject: Subject;
  readonly artwork: TrainedArtwork | undefined;
  readonly known: Known;
  /** Whose first candidates are a member's likely titles. */
  readonly source: CandidateGenerator;
  /** Where work under way is kept: a run that was killed is gone on with. */
  readonly dir: string;
  readonly progress: Progress;
}

/** The artworks chosen ahead for each member's likely titles, or undefined where there are none to choose from. */
export const chooseArtworks = async (options: ChoosingOptions): Promise<ArtworkSelections | undefined> => {
  const batch = await artworkBatch(options);
  if (batch === undefined) return undefined;
  const { dir, progress } = options;
  const step = progress.step('choose artworks ahead', 1);
  const choices = await runArtworkBatch(batch, {
    dir,
    threads: batch.titles.length < WORTH_THREADS ? 0 : availableParallelism(),
    onChunk: (done, chunks) => step.advance(done / chunks),
  });
  const { members, memberOffsets, titles } = batch;
  step.end(
    `${titles.length.toLocaleString('en')} selections for ${members.length.toLocaleString('en')} members`,
  );
  return { members, memberOffsets, titles, choices };
};

/** Every member with their likely titles that have artworks. */
export const artworkBatch = async ({
  subject,
  artwork,
  known,
  source,
  progress,
}: Omit<ChoosingOptions, 'dir'>): Promise<ArtworkBatch | undefined> => {
  const { dataset, until, rng, clock } = subject;
  const { artworks, members } = dataset;
  if (artwork === undefined || artworks === undefined) return undefined;
  const count = members.ids.length;
  const step = progress.step('list likely titles', count);
  const context = { rng, clock, signal: new AbortController().signal };
  const { titleOffsets } = artworks;
  const memberOffsets = new Uint32Array(count + 1);
  let titles = new Uint32Array(count * SELECTED_TITLES);
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
    const { items } = await source.generate(request, SELECTED_TITLES, context);
    const shown = items.filter((title) => titleOffsets[title + 1] > titleOffsets[title]);
    titles.set(shown, memberOffsets[member]);
    memberOffsets[member + 1] = memberOffsets[member] + shown.length;
    if (member % 500 === 0) step.advance(member);
  }
  titles = titles.slice(0, memberOffsets[count]);
  step.end();
  return {
    tables: selectionTables(artwork.policy, versionKey(`${dataset.name}/${until}`)),
    members: Uint32Array.from({ length: count }, (_, member) => member),
    moods: artwork.moods,
    memberOffsets,
    titles,
    membersPerChunk: MEMBERS_PER_CHUNK,
  };
};

/** Each title's most taken artwork, or NO_ARTWORK, [titles]. */
export const mostTakenOf = (titles: number, { stats, policy }: TrainedArtwork): Uint32Array =>
  Uint32Array.from({ length: titles }, (_, title) => {
    const best = stats.mostTaken(title, policy.barred);
    return best < 0 ? NO_ARTWORK : best;
  });
