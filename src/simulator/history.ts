import { DAY_MS, HOUR_MS } from '../domain/clock.ts';
import { createRng, type Rng } from '../domain/rng.ts';
import type { Impressions, Plays } from '../domain/tables.ts';
import { sigmoid } from '../math/statistics.ts';
import { growingColumns } from './columns.ts';
import { drawVisits, leaveProbability, moodAfterPage, START_MOOD, visitRate } from './habit.ts';
import { createDayPolicy, type DayPolicy, POLICIES, slotMixture } from './logging-policy.ts';
import {
  artworkClickLogit,
  examinationProbability,
  finishProbability,
  satisfactionProbability,
  titleClickLogit,
  watchedFraction,
} from './response.ts';
import type { World } from './world.ts';

export interface SimulatedLogs {
  readonly impressions: Impressions;
  readonly plays: Plays;
  /** What no log can hold: whether each impression was looked at. */
  readonly examined: Uint8Array;
  readonly satisfied: Uint8Array; // by play
}

interface MemberState {
  readonly rng: Rng;
  readonly played: Set<number>;
  /** 0 to 1; falls with bad pages, rises with satisfying plays. */
  mood: number;
  gone: boolean;
}

const MAIN_DEVICE_SHARE = 0.75;

/**
 * The logs of `config.days` days. Each member's choices come from a stream of their own, so the number
 * of members changes nobody's history.
 */
export const simulateLogs = (world: World, onDay?: (done: number, days: number) => void): SimulatedLogs => {
  const { config, truth, members } = world;
  const { titles } = truth;
  const { titleOffsets } = world.catalogue.artworks;
  const seed = createRng(config.seed).fork('behaviour');
  const states: MemberState[] = Array.from({ length: config.members }, (_, m) => ({
    rng: seed.fork(`member:${m}`),
    played: new Set<number>(),
    mood: START_MOOD,
    gone: false,
  }));
  const places = config.pageRows * config.pageColumns;
  const guess = Math.ceil(config.members * config.days * config.visitsPerDay * places);
  const shown = growingColumns({
    requestId: new Uint32Array(guess),
    member: new Uint32Array(guess),
    title: new Uint32Array(guess),
    artwork: new Uint32Array(guess),
    row: new Uint8Array(guess),
    position: new Uint8Array(guess),
    time: new Float64Array(guess),
    device: new Uint8Array(guess),
    policy: new Uint8Array(guess),
    propensity: new Float32Array(guess),
    artworkPropensity: new Float32Array(guess),
    clicked: new Uint8Array(guess),
    examined: new Uint8Array(guess),
  });
  const started: {
    member: number;
    title: number;
    time: number;
    fraction: number;
    device: number;
    impression: number;
    satisfied: number;
  }[] = [];
  let rows = 0;
  let requests = 0;

  const viewPage = (m: number, at: number, policy: DayPolicy): void => {
    const state = states[m];
    const { rng } = state;
    const device = rng.next() < MAIN_DEVICE_SHARE ? members.device[m] : 1 + Math.floor(rng.next() * 4);
    const randomSlot = rng.next() < config.randomSlotShare;
    const onPage = new Set<number>();
    // Mass of the titles that may not be drawn, under each source: what makes the propensities exact.
    let popularOut = 0;
    let personalOut = 0;
    let uniformOut = 0;
    const leaveOut = (t: number): void => {
      popularOut += policy.popular(t);
      personalOut += policy.personal(t, m);
      uniformOut += policy.uniform(t);
    };
    for (const t of state.played) leaveOut(t);
    shown.reserve(rows + places);
    const out = shown.columns;
    let satisfaction = 0;
    let plays = 0;
    for (let row = 0; row < config.pageRows; row++) {
      const mixture = slotMixture(randomSlot, row);
      for (let position = 0; position < config.pageColumns; position++) {
        let title: number;
        do title = policy.draw(mixture, m, rng);
        while (onPage.has(title) || state.played.has(title));
        const drawn =
          mixture.popular * policy.popular(title) +
          mixture.personal * policy.personal(title, m) +
          mixture.uniform * policy.uniform(title);
        const left =
          1 - (mixture.popular * popularOut + mixture.personal * personalOut + mixture.uniform * uniformOut);
        onPage.add(title);
        leaveOut(title);
        const artworks = titleOffsets[title + 1] - titleOffsets[title];
        const artwork = titleOffsets[title] + Math.floor(rng.next() * artworks);
        const examined = rng.next() < examinationProbability(device, row, position);
        const clicked =
          examined &&
          rng.next() <
            sigmoid(titleClickLogit(truth, m, title, device, at) + artworkClickLogit(truth, m, artwork));
        out.requestId[rows] = requests;
        out.member[rows] = m;
        out.title[rows] = title;
        out.artwork[rows] = artwork;
        out.row[rows] = row;
        out.position[rows] = position;
        out.time[rows] = at;
        out.device[rows] = device;
        out.policy[rows] = randomSlot ? 1 : 0;
        out.propensity[rows] = Math.min(1, drawn / left);
        out.artworkPropensity[rows] = 1 / artworks;
        out.examined[rows] = examined ? 1 : 0;
        out.clicked[rows] = clicked ? 1 : 0;
        if (clicked) {
          const fraction = watchedFraction(finishProbability(truth, m, title, artwork), rng.next());
          const satisfied = rng.next() < satisfactionProbability(truth, title, fraction) ? 1 : 0;
          satisfaction += satisfied;
          plays++;
          started.push({
            member: m,
            title,
            time: at + 60_000 * plays,
            fraction,
            device,
            impression: rows,
            satisfied,
          });
        }
        rows++;
      }
    }
    for (let i = started.length - plays; i < started.length; i++) state.played.add(started[i].title);
    const patience = truth.member.patience[m];
    state.mood = moodAfterPage(state.mood, plays, satisfaction, patience);
    if (rng.next() < leaveProbability(state.mood, patience)) state.gone = true;
    requests++;
  };

  for (let d = 0; d < config.days; d++) {
    const day = config.startDay + d;
    const policy = createDayPolicy(titles, truth.title, truth.member, day);
    const visits: { member: number; at: number }[] = [];
    for (let m = 0; m < config.members; m++) {
      const state = states[m];
      if (state.gone || members.signupDay[m] > day) continue;
      if (policy.available - state.played.size < places * 2) continue; // has seen nearly all there is
      const wish = visitRate(truth.member.activity[m], state.mood);
      for (let v = drawVisits(wish, state.rng.next()); v > 0; v--) {
        const hour = (truth.member.habitHour[m] + 4 * (state.rng.next() + state.rng.next() - 1) + 24) % 24;
        visits.push({ member: m, at: day * DAY_MS + Math.floor(hour * HOUR_MS) });
      }
    }
    visits.sort((a, b) => a.at - b.at || a.member - b.member);
    for (const { member, at } of visits) viewPage(member, at, policy);
    onDay?.(d + 1, config.days);
  }

  const order = started.map((_, i) => i).sort((a, b) => started[a].time - started[b].time || a - b);
  const { examined, ...columns } = shown.finish(rows);
  return {
    impressions: { ...columns, policies: POLICIES },
    plays: {
      member: Uint32Array.from(order, (i) => started[i].member),
      title: Uint32Array.from(order, (i) => started[i].title),
      time: Float64Array.from(order, (i) => started[i].time),
      watchedFraction: Float32Array.from(order, (i) => started[i].fraction),
      device: Uint8Array.from(order, (i) => started[i].device),
      impression: Uint32Array.from(order, (i) => started[i].impression),
    },
    examined,
    satisfied: Uint8Array.from(order, (i) => started[i].satisfied),
  };
};
