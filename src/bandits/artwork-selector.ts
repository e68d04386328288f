import type { Rng } from '../domain/rng.ts';
import type { Artworks } from '../domain/tables.ts';
import { ArtworkRounds } from './artwork-features.ts';
import type { ArtworkStats } from './artwork-stats.ts';
import type { BanditPolicy } from './contract.ts';

export interface SelectionRequest {
  /** Rows of the members table. */
  readonly members: ArrayLike<number>;
  /** The titles that the member is likely to be shown; those without artworks are left out of the result. */
  readonly titlesOf: (member: number) => ArrayLike<number>;
  /** The member's mood profile. */
  readonly profileOf: (member: number) => Float32Array;
  readonly artworks: Artworks;
  readonly stats: ArtworkStats;
  readonly policy: BanditPolicy;
  readonly rng: Rng;
}

/** Member i, `members[i]`, has the rows `memberOffsets[i] .. memberOffsets[i + 1])`, in the order asked for. */
export interface ArtworkSelections {
  readonly members: Uint32Array;
  readonly memberOffsets: Uint32Array; // [members + 1]
  readonly titles: Uint32Array; // [n]
  readonly artworks: Uint32Array; // [n]
  /** P(this artwork | this title) under the policy. */
  readonly propensities: Float32Array; // [n]
}

/**
 * The policy's choice of artwork for each member and each of the member's titles. The policy learns
 * nothing meanwhile. A member's choices come from a stream of their own, so members may be split
 * and ordered in any way.
 */
export const precomputeSelections = (request: SelectionRequest): ArtworkSelections => {
  const { titlesOf, profileOf, artworks, stats, policy, rng } = request;
  const { titleOffsets } = artworks;
  const members = Uint32Array.from(request.members);
  const wanted = Array.from(members, (member) =>
    Uint32Array.from(titlesOf(member)).filter((title) => titleOffsets[title + 1] > titleOffsets[title]),
  );
  const memberOffsets = new Uint32Array(members.length + 1);
  for (let m = 0; m < members.length; m++) memberOffsets[m + 1] = memberOffsets[m] + wanted[m].length;
  const size = memberOffsets[members.length];
  const titles = new Uint32Array(size);
  const chosen = new Uint32Array(size);
  const propensities = new Float32Array(size);
  const rounds = new ArtworkRounds(artworks, stats);
  let at = 0;
  for (let m = 0; m < members.length; m++) {
    const requestId = `member-${members[m]}`;
    const stream = rng.fork(requestId);
    const profile = profileOf(members[m]);
    for (const title of wanted[m]) {
      const { action, propensity } = policy.choose(rounds.build(requestId, profile, title), stream);
      titles[at] = title;
      chosen[at] = titleOffsets[title] + action;
      propensities[at++] = propensity;
    }
  }
  return { members, memberOffsets, titles, artworks: chosen, propensities };
};
