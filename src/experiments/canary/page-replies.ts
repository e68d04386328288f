/** What the members of a world do with the pages that a version gives them. */
import type { EpochMs } from '../../domain/clock.ts';
import type { Rng } from '../../domain/rng.ts';
import type { HomePipeline } from '../../serving/pipelines/home.ts';
import type { Dressed } from '../../serving/pipelines/journey.ts';
import type { World } from '../../simulator/world.ts';

/** The true chances of one page, place by place. */
export interface PageReplies {
  readonly titles: Uint32Array; // [places]
  /** P(examined) P(click | examined): a click is a play. */
  readonly play: Float64Array; // [places]
  readonly finish: Float64Array; // [places], given a play
}

export const repliesTo = (world: World, member: number, page: Dressed, at: EpochMs): PageReplies => {
  const device = world.members.device[member];
  const places = page.rows.flatMap(({ titles, choice }, row) =>
    Array.from(titles, (title, position) => {
      const placement = { device, row, position, at };
      const { examined, clickGivenExamined, finishGivenClick } = world.expect(
        member,
        title,
        choice.artworks[position],
        placement,
      );
      return { title, play: examined * clickGivenExamined, finish: finishGivenClick };
    }),
  );
  return {
    titles: Uint32Array.from(places, ({ title }) => title),
    play: Float64Array.from(places, ({ play }) => play),
    finish: Float64Array.from(places, ({ finish }) => finish),
  };
};

/** A play of a title, and whether it was finished. */
export interface Reply {
  readonly title: number;
  readonly finished: boolean;
}

/** What the member does with the page this time, drawn place by place. */
export const drawReplies = ({ titles, play, finish }: PageReplies, rng: Rng): Reply[] => {
  const replies: Reply[] = [];
  for (let i = 0; i < play.length; i++) {
    if (rng.next() < play[i]) replies.push({ title: titles[i], finished: rng.next() < finish[i] });
  }
  return replies;
};

const unwatched = { stageEnded: () => undefined, bugFound: () => undefined };
const MOST_TRIES = 200;

/** The replies to each member's page as the version makes it when no stage is late, however busy the machine. */
export const repliesOf = async (
  pipeline: HomePipeline,
  world: World,
  members: readonly number[],
  at: EpochMs,
): Promise<PageReplies[]> => {
  const replies: PageReplies[] = [];
  for (const member of members) {
    const ask = { requestId: `page-of-${member}`, memberId: world.members.ids[member] };
    let served = await pipeline.homepage(ask, unwatched);
    for (let i = 0; i < MOST_TRIES && served.degraded.length > 0; i++) {
      served = await pipeline.homepage(ask, unwatched);
    }
    replies.push(repliesTo(world, member, served.value, at));
  }
  return replies;
};
