/** Rankers that know the truth up to a known amount of noise, and the pages that they make for the world's members. */
import { DAY_MS } from '../../domain/clock.ts';
import type { Rng } from '../../domain/rng.ts';
import type { RankedPair } from '../../evaluation/ab/interleaving.ts';
import { normalSource } from '../../math/random.ts';
import { logit, mean } from '../../math/statistics.ts';
import { topK } from '../../math/top-k.ts';
import { examinationProbability } from '../../simulator/response.ts';
import type { World } from '../../simulator/world.ts';

/** A member's request: which titles could be shown, and what the world knows of each. */
export interface LabRequest {
  /** P(click | examined) of each candidate, artworks drawn as the logs draw them. */
  readonly click: Float64Array; // [candidates]
  readonly examination: Float64Array; // [places], in the order in which a list fills the page
}

export interface RequestOptions {
  readonly rng: Rng;
  readonly requests: number;
  readonly candidates: number;
}

/** Requests of members drawn from the world's, each with candidates of its own, at the start of the logs. */
export const drawRequests = (world: World, { rng, requests, candidates }: RequestOptions): LabRequest[] => {
  const { config, members, catalogue } = world;
  const at = config.startDay * DAY_MS;
  const released = Uint32Array.from(catalogue.titles.releaseDay.keys()).filter(
    (t) => catalogue.titles.releaseDay[t] <= config.startDay,
  );
  return Array.from({ length: requests }, (_, request) => {
    const own = rng.fork(`request:${request}`);
    const member = Math.floor(own.next() * config.members);
    const device = members.device[member];
    const titles = new Set<number>();
    while (titles.size < candidates) titles.add(released[Math.floor(own.next() * released.length)]);
    const placement = { device, row: 0, position: 0, at };
    return {
      click: Float64Array.from(
        titles,
        (t) => world.expectOverArtworks(member, t, placement).clickGivenExamined,
      ),
      examination: Float64Array.from({ length: config.pageRows * config.pageColumns }, (_, i) =>
        examinationProbability(device, Math.floor(i / config.pageColumns), i % config.pageColumns),
      ),
    };
  });
};

/** Clicks that the world expects of a page, sum of P(examined) P(click | examined). */
export const expectedClicks = ({ click, examination }: LabRequest, list: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < list.length; i++) sum += examination[i] * click[list[i]];
  return sum;
};

/** Two rankers, their lists for the same requests, and by how many clicks a page the second truly is better. */
export interface RankerPair {
  readonly pairs: readonly RankedPair[]; // [requests]
  readonly truth: number;
  /** True clicks of a page of the first. */
  readonly level: number;
}

export interface PairOptions {
  readonly rng: Rng;
  /** Noise about the truth that both have alike, in logits: two versions of one model. */
  readonly shared: number;
  /** Noise that each has of its own. */
  readonly own: readonly [first: number, second: number];
}

/**
 * Both rankers order by the true logit of the click plus their noise, which they always have for the same request and
 * title: how much each is degraded is known.
 */
export const rankerPair = (
  requests: readonly LabRequest[],
  { rng, shared, own }: PairOptions,
): RankerPair => {
  const normal = normalSource(() => rng.next());
  const pairs = requests.map(({ click, examination }) => {
    const common = Float64Array.from(click, (p) => logit(p) + shared * normal());
    const [a, b] = own.map((noise) =>
      topK(
        Float32Array.from(common, (score) => score + noise * normal()),
        examination.length,
      ),
    );
    return { a, b };
  });
  const worth = (which: 'a' | 'b'): number =>
    mean(pairs.map((pair, r) => expectedClicks(requests[r], pair[which])));
  const level = worth('a');
  return { pairs, truth: worth('b') - level, level };
};
