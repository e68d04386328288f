/** Latency, recall and peers of the indexes over drawn vectors. */
import { availableParallelism } from 'node:os';
import { createIndex } from '../src/candidate-gen/indexes/choose.ts';
import type { SavedIndex } from '../src/candidate-gen/indexes/contract.ts';
import { createExactIndex } from '../src/candidate-gen/indexes/exact.ts';
import { type BudgetSense, heldTo, type Measurement, type StageRow } from '../src/domain/measurement.ts';
import type { Progress } from '../src/domain/progress.ts';
import type { Rng } from '../src/domain/rng.ts';
import { latencyQuantile, sampleLatencyMs } from '../src/experiments/latency.ts';
import { DIMENSION, drawVectors, sizeName } from './index-data.ts';
import { buildPeers, type Peer } from './index-peers.ts';

const KS = [500, 100] as const;
const RECALL_TARGET = 0.99;

/** Searches of one contender before the next has its turn: a few milliseconds, within a scheduler's slice. */
const TURN = 20;

/**
 * Times that a turn is taken again when the system gave the processor to another process meanwhile: with more
 * processes than processors, one search in thirty would show the scheduler's 4 ms instead of its own time.
 */
const REPEATS = 8;

/** Searches before the first that counts. */
const WARM_UP = 100;

/** Widths of a peer's search over k, tried until its recall reaches ours. */
const WIDENINGS = [1, 1.5, 2, 4, 8] as const;

export interface IndexCase {
  readonly size: number;
  /** Named before the size: `exact` or `best`. */
  readonly label: string;
  readonly samples: number;
  /** Distinct queries; the exact index answers the first `judged` of them. */
  readonly queries: number;
  readonly judged: number;
  readonly peers: boolean;
  /** By name, such as `k500.p50` or `build.seconds`. */
  readonly budgets: Readonly<Record<string, readonly [number, BudgetSense]>>;
}

type Search = (query: Float32Array, k: number) => Iterable<number | bigint>;

interface Contender {
  readonly name: string;
  readonly search: Search;
  readonly settings: string;
  readonly recall: number;
}

/** The rows of one size: the index that would be chosen, held to its budgets, and the peers beside it. */
export const measureIndexes = async (spec: IndexCase, rng: Rng, progress: Progress): Promise<StageRow[]> => {
  const { size, label, queries: count, judged, peers: withPeers, budgets } = spec;
  const at = sizeName(size);
  const spelled = size.toLocaleString('en');
  const drawing = progress.step(`draw ${spelled} vectors`);
  const { points, queries } = drawVectors(size, count, rng.fork(`vectors-${size}`));
  drawing.end();
  const building = progress.step(`build the index over ${spelled} vectors`);
  const startedAt = performance.now();
  const { index, reason } = createIndex(points, DIMENSION, {
    rng: rng.fork('index'),
    recallTarget: RECALL_TARGET,
  });
  const seconds = (performance.now() - startedAt) / 1000;
  building.end(`${seconds.toFixed(1)} s; ${reason}`);
  const truth = exactAnswers(points, queries.slice(0, judged), index);

  const rows: StageRow[] = [];
  const add = (key: string, measurement: Omit<Measurement, 'name'>): void => {
    const budget = budgets[key];
    const named = { ...measurement, name: `${label}-${at}.${key}` };
    rows.push({ stage: 'indexes', measurement: budget === undefined ? named : heldTo(named, ...budget) });
  };
  add('build.seconds', { value: seconds, unit: 's', n: 1, protocol: `one thread; ${reason}` });

  const found = withPeers
    ? await buildPeers({ points, dimension: DIMENSION, threads: availableParallelism(), progress })
    : [];
  const peers: Peer[] = [];
  for (const peer of found) {
    if ('absent' in peer) rows.push({ stage: `indexes, ${peer.name} at ${at}`, absent: peer.absent });
    else {
      peers.push(peer);
      const protocol = peer.settings;
      const seconds = { value: peer.buildSeconds, unit: 's', n: 1, protocol };
      rows.push({ stage: 'indexes', measurement: { name: `${peer.name}-${at}.build.seconds`, ...seconds } });
    }
  }
  for (const k of KS) {
    const ours: Search = (query, wanted) => index.search(query, wanted).items;
    const recall = recallOf(ours, queries, truth, k);
    const tuned = peers.map((peer) => tunePeer(peer, { queries, truth, k, recall }));
    const contenders: Contender[] = [{ name: label, search: ours, settings: reason, recall }, ...tuned];
    const timed = await inTurns(contenders, queries, k, spec.samples);
    const shared = `one thread, ${queries.length} distinct queries, turns of ${TURN} searches each in one process`;
    const p50s = contenders.map(({ name, settings, recall: reached }, i) => {
      const key = (figure: string): string => `${name}-${at}.k${k}.${figure}`;
      const disturbed = `${Math.round(100 * timed[i].disturbed)} % of the turns shared the processor after ${REPEATS} repeats`;
      const protocol = `${shared}; ${disturbed}; ${settings}`;
      const [p50, p99] = [0.5, 0.99].map((p) => latencyQuantile(key(`p${100 * p}`), timed[i].latenciesMs, p));
      const figures: [string, Omit<Measurement, 'name'>][] = [
        ['p50', { ...p50, protocol }],
        ['p99', { ...p99, protocol }],
        [
          'cpu',
          { value: timed[i].cpuMs, unit: 'ms', n: p50.n, definition: 'mean processor time of a search' },
        ],
        ['recall', { value: reached, unit: 'share', n: truth.length, definition: RECALL_DEFINITION }],
      ];
      for (const [figure, measurement] of figures) {
        if (i === 0) add(`k${k}.${figure}`, measurement);
        else rows.push({ stage: 'indexes', measurement: { ...measurement, name: key(figure) } });
      }
      return p50.value;
    });
    for (const [i, { name, recall: reached, fairness }] of tuned.entries()) {
      add(`k${k}.speedup-vs-${name}`, {
        value: p50s[i + 1] / p50s[0],
        unit: 'ratio',
        n: spec.samples,
        definition: `median of ${name} over ours; ${fairness} recall ${reached.toFixed(3)} beside ${recall.toFixed(3)}`,
      });
    }
  }
  return rows;
};

const RECALL_DEFINITION = 'rows among the true k best over k, mean over the queries';

/** The first 500 of each query by the exact index, whose own memory is given back where it is another. */
const exactAnswers = (
  points: Float32Array,
  queries: readonly Float32Array[],
  index: SavedIndex,
): readonly Uint32Array[] => {
  const exact = index.name === 'exact' ? index : createExactIndex(points, DIMENSION);
  return queries.map((query) => exact.search(query, KS[0]).items);
};

const recallOf = (
  search: Search,
  queries: readonly Float32Array[],
  truth: readonly Uint32Array[],
  k: number,
): number => {
  let found = 0;
  truth.forEach((answers, i) => {
    const best = new Set(answers.subarray(0, k));
    for (const row of search(queries[i], k)) if (best.has(Number(row))) found += 1;
  });
  return found / (k * truth.length);
};

interface Tuning {
  readonly queries: readonly Float32Array[];
  readonly truth: readonly Uint32Array[];
  readonly k: number;
  readonly recall: number;
}

/**
 * The peer at the least width that reaches our recall (0.99 where ours is above). Where none does, at its fastest: the
 * speedup is then the least that could be said.
 */
const tunePeer = (peer: Peer, { queries, truth, k, recall }: Tuning): TunedPeer => {
  const needed = Math.min(recall, RECALL_TARGET);
  const tried: TunedPeer[] = [];
  for (const widening of WIDENINGS) {
    const expansion = widening * k;
    const search = peer.searcher(expansion);
    const reached = recallOf(search, queries, truth, k);
    const settings = `${peer.settings}, search width ${expansion}`;
    tried.push({ name: peer.name, search, settings, recall: reached, fairness: 'at the width that reaches' });
    if (reached >= needed) return tried[tried.length - 1];
  }
  const most = tried[tried.length - 1].recall.toFixed(3);
  const fairness = `at its fastest, for ${WIDENINGS[WIDENINGS.length - 1]} times the width gives ${most};`;
  return { ...tried[0], fairness };
};

interface TunedPeer extends Contender {
  /** How its width was come by. */
  readonly fairness: string;
}

interface Timed {
  readonly latenciesMs: Float64Array;
  /** Mean processor time of a search, with whatever the process's other threads did meanwhile. */
  readonly cpuMs: number;
  /** Share of the turns that no repeat kept free of other processes. */
  readonly disturbed: number;
}

/**
 * Latencies of each contender, in turns, so that a busy moment of the machine falls on all of them. Turns that another
 * process disturbed are taken again after all others, when what they read has left the caches.
 */
const inTurns = async (
  contenders: readonly Contender[],
  queries: readonly Float32Array[],
  k: number,
  samples: number,
): Promise<readonly Timed[]> => {
  for (const { search } of contenders) {
    for (let i = 0; i < WARM_UP; i++) search(queries[i % queries.length], k);
  }
  const turns = contenders.map((): Turn[] => []);
  for (let pass = 0; pass <= REPEATS; pass++) {
    for (let turn = 0; turn * TURN < samples; turn++) {
      for (const [c, { search }] of contenders.entries()) {
        const before = turns[c][turn];
        if (before?.switches === 0) continue;
        const taken = await takeTurn(Math.min(TURN, samples - turn * TURN), (i) => {
          search(queries[(turn * TURN + i) % queries.length], k);
        });
        if (before === undefined || taken.switches < before.switches) turns[c][turn] = taken;
      }
    }
  }
  return turns.map((taken) => ({
    latenciesMs: Float64Array.from(taken.flatMap(({ latenciesMs }) => [...latenciesMs])),
    cpuMs: taken.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / samples,
    disturbed: taken.filter(({ switches }) => switches > 0).length / taken.length,
  }));
};

interface Turn {
  readonly latenciesMs: Float64Array;
  /** Times that the system took the processor away from this process. */
  readonly switches: number;
  readonly cpuMs: number;
}

const takeTurn = async (samples: number, call: (i: number) => void): Promise<Turn> => {
  const before = process.resourceUsage();
  const latenciesMs = await sampleLatencyMs({ warmUp: 0, samples }, call);
  const after = process.resourceUsage();
  const cpuMicros = after.userCPUTime - before.userCPUTime + after.systemCPUTime - before.systemCPUTime;
  const switches = after.involuntaryContextSwitches - before.involuntaryContextSwitches;
  return { latenciesMs, switches, cpuMs: cpuMicros / 1000 };
};
