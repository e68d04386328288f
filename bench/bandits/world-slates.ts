/** Logs of rows of titles in small worlds, each with the exact value of the policy that is to be evaluated on it. */
import { simulate } from '../../datasets/simulate.ts';
import type { Rng } from '../../src/domain/rng.ts';
import type { Dataset } from '../../src/domain/tables.ts';
import type { SlateLog, SlatePredictions } from '../../src/evaluation/off-policy/slates.ts';
import { drawIndex, shuffleInPlace } from '../../src/math/random.ts';

export interface KnownSlates {
  readonly truth: number;
  draw(rounds: number, rng: Rng): { readonly log: SlateLog; readonly predictions: SlatePredictions };
}

const WORLD = { titles: 60, members: 150, days: 10, visitsPerDay: 0.4 };
const CONTEXTS = 300;
const CANDIDATES = 6;
const SLATE = 3;
const SHARPNESS = { behavior: 4, target: 24 };

/** All orders of SLATE of the candidates, one after the other. */
const SLATES: readonly (readonly number[])[] = (() => {
  let slates: number[][] = [[]];
  for (let k = 0; k < SLATE; k++) {
    slates = slates.flatMap((above) =>
      Array.from({ length: CANDIDATES }, (_, c) => c)
        .filter((c) => !above.includes(c))
        .map((c) => [...above, c]),
    );
  }
  return slates;
})();

/** A policy's probabilities of every slate, and of each candidate at each position, in one context. */
interface SlatePolicy {
  readonly given: Float64Array; // [slates, SLATE]
  readonly whole: Float64Array; // [slates]
  readonly alone: Float64Array; // [SLATE, CANDIDATES]
}

/** Positions filled from the first on, each by a softmax over the candidates that are left (Plackett and Luce). */
const slatePolicy = (odds: ArrayLike<number>): SlatePolicy => {
  const given = new Float64Array(SLATES.length * SLATE);
  const whole = new Float64Array(SLATES.length).fill(1);
  const alone = new Float64Array(SLATE * CANDIDATES);
  let all = 0;
  for (let c = 0; c < CANDIDATES; c++) all += odds[c];
  for (const [s, slate] of SLATES.entries()) {
    let left = all;
    for (const [k, c] of slate.entries()) {
      given[s * SLATE + k] = odds[c] / left;
      whole[s] *= odds[c] / left;
      left -= odds[c];
    }
    for (const [k, c] of slate.entries()) alone[k * CANDIDATES + c] += whole[s];
  }
  return { given, whole, alone };
};

/**
 * A world of this seed whose rows of 3 out of 6 titles are ordered by a policy that follows clicked shares a little;
 * the target follows them closely. The reward at a position is a click there, and the truth the expected clicks of a
 * row in the world, over all contexts: a place is looked at or not, and clicks do not depend on one another.
 */
export const createWorldSlates = (seed: number, rng: Rng): KnownSlates => {
  const { world, dataset } = simulate({ ...WORLD, seed });
  const { impressions } = dataset as Required<Dataset>;
  const shares = clickedShares(impressions, world.config.titles);
  const stream = rng.fork('contexts');
  const titles = Uint32Array.from({ length: world.config.titles }, (_, t) => t);
  const at = impressions.time[impressions.time.length - 1];
  const contexts = Array.from({ length: CONTEXTS }, () => {
    const member = Math.floor(stream.next() * world.config.members);
    const candidates = shuffleInPlace(titles, () => stream.next()).slice(0, CANDIDATES);
    const device = world.members.device[member];
    const oddsOf = (sharpness: number): Float64Array =>
      Float64Array.from(candidates, (title) => Math.exp(sharpness * shares[title]));
    const clicks = new Float64Array(SLATE * CANDIDATES);
    for (let position = 0; position < SLATE; position++) {
      for (const [c, title] of candidates.entries()) {
        const { examined, clickGivenExamined } = world.expectOverArtworks(member, title, {
          device,
          row: 0,
          position,
          at,
        });
        clicks[position * CANDIDATES + c] = examined * clickGivenExamined;
      }
    }
    return {
      behavior: slatePolicy(oddsOf(SHARPNESS.behavior)),
      target: slatePolicy(oddsOf(SHARPNESS.target)),
      clicks,
      believed: Float64Array.from(candidates, (title) => shares[title]),
    };
  });
  let truth = 0;
  for (const { target, clicks } of contexts) {
    for (let i = 0; i < clicks.length; i++) truth += (target.alone[i] * clicks[i]) / CONTEXTS;
  }
  return {
    truth,
    draw: (rounds, draws) => {
      const uniform = (): number => draws.next();
      const columns = Array.from({ length: 7 }, () => new Float64Array(rounds * SLATE));
      const [rewards, behaviorGiven, behaviorAlone, targetGiven, targetAlone, after, before] = columns;
      for (let i = 0; i < rounds; i++) {
        const { behavior, target, clicks, believed } = contexts[Math.floor(uniform() * CONTEXTS)];
        const s = drawIndex(uniform, behavior.whole);
        for (const [k, c] of SLATES[s].entries()) {
          const place = i * SLATE + k;
          rewards[place] = uniform() < clicks[k * CANDIDATES + c] ? 1 : 0;
          behaviorGiven[place] = behavior.given[s * SLATE + k];
          behaviorAlone[place] = behavior.alone[k * CANDIDATES + c];
          targetGiven[place] = target.given[s * SLATE + k];
          targetAlone[place] = target.alone[k * CANDIDATES + c];
          before[place] = believedFrom(target, believed, SLATES[s].slice(0, k));
          after[place] =
            believed[c] + (k + 1 < SLATE ? believedFrom(target, believed, SLATES[s].slice(0, k + 1)) : 0);
        }
      }
      return {
        log: {
          slateSize: SLATE,
          rewards,
          behavior: { given: behaviorGiven, alone: behaviorAlone },
          target: { given: targetGiven, alone: targetAlone },
        },
        predictions: { after, before },
      };
    },
  };
};

/** Believed clicks of the positions after `above`, the policy choosing what comes there. */
const believedFrom = ({ whole }: SlatePolicy, believed: Float64Array, above: readonly number[]): number => {
  let [mass, sum] = [0, 0];
  for (const [s, slate] of SLATES.entries()) {
    if (above.some((c, k) => slate[k] !== c)) continue;
    mass += whole[s];
    for (const c of slate.slice(above.length)) sum += whole[s] * believed[c];
  }
  return sum / mass;
};

/** Clicks by impressions of each title, with one click in ten impressions added. */
const clickedShares = (
  { title, clicked }: { readonly title: ArrayLike<number>; readonly clicked: ArrayLike<number> },
  titles: number,
): Float64Array => {
  const [clicks, shown] = [new Float64Array(titles).fill(1), new Float64Array(titles).fill(10)];
  for (let i = 0; i < title.length; i++) {
    shown[title[i]]++;
    clicks[title[i]] += clicked[i];
  }
  return clicks.map((count, t) => count / shown[t]);
};
