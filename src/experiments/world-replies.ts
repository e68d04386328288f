import type { RecRequest } from '../domain/request.ts';
import type { Rng } from '../domain/rng.ts';
import type { World } from '../simulator/world.ts';

/** What the world answers to each of a list of titles, as though the member looked at all of them. */
export interface WorldReplies {
  /** Expected finished watches of each title, given examination: what the oracle ranks by. */
  readonly expected: Float64Array; // [n]
  /** Titles that the member would click and finish, each time that the member is asked. */
  readonly finished: readonly ReadonlySet<number>[]; // [REPLY_DRAWS]
}

/** Who is asked once answers mostly by chance: a list is judged by the mean over as many answers. */
export const REPLY_DRAWS = 16;

/**
 * The replies of the member behind a request to each title, with an artwork drawn as the logs draw it. The
 * draws belong to the request and the title, so all rankers are scored against the same replies.
 */
export const worldReplies = (
  world: World,
  request: RecRequest,
  titles: ArrayLike<number>,
  rng: Rng,
): WorldReplies => {
  const placement = { device: request.device, row: 0, position: 0, at: request.at };
  const draws = rng.fork(request.requestId);
  const expected = new Float64Array(titles.length);
  const finished = Array.from({ length: REPLY_DRAWS }, () => new Set<number>());
  for (let i = 0; i < titles.length; i++) {
    const { clickGivenExamined, finishGivenClick } = world.expectOverArtworks(
      request.member,
      titles[i],
      placement,
    );
    expected[i] = clickGivenExamined * finishGivenClick;
    const own = draws.fork(String(titles[i]));
    for (const titlesOfDraw of finished) if (own.next() < expected[i]) titlesOfDraw.add(titles[i]);
  }
  return { expected, finished };
};
