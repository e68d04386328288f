import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportStream, rewardTableOf } from '../../bench/bandits/export-stream.ts';
import { ACTION_SIZE, ACTIONS, CONTEXT_SIZE, drawStream } from '../../bench/bandits/stream.ts';
import { MarqueeError } from '../../src/domain/errors.ts';
import { createRng } from '../../src/domain/rng.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';

const root = temporaryFolder();
const ROUNDS = 80;

const makeStream = () => drawStream({ rounds: ROUNDS, rng: createRng(1) });

/** The numbers of one namespace: `|a a1:0.5 a2:-1` gives 0.5 and -1. */
const numbersOf = (line: string, name: string): number[] =>
  line
    .slice(line.indexOf(`|${name} `) + 3)
    .split(' ')
    .map((feature, i) => {
      expect(feature.slice(0, feature.indexOf(':'))).toBe(`${name}${i + 1}`);
      return Number(feature.slice(feature.indexOf(':') + 1));
    });

/** Another program's reading of both files, by what their description says and nothing else. */
const readBack = (file: string) => {
  const blocks = readFileSync(file, 'utf8').trimEnd().split('\n\n');
  const [head, ...rows] = readFileSync(rewardTableOf(file), 'utf8').trimEnd().split('\n');
  const columns = head.split(',');
  const column = (name: string, row: string): number => Number(row.split(',')[columns.indexOf(name)]);
  return {
    contexts: blocks.map((block) => numbersOf(block.split('\n')[0], 'c')),
    actions: blocks.map((block) =>
      block
        .split('\n')
        .slice(1)
        .map((line) => numbersOf(line, 'a')),
    ),
    labels: blocks.map((block) =>
      block
        .split('\n')
        .slice(1)
        .flatMap((line, a) => {
          const label = line.slice(0, line.indexOf('|')).trim();
          return label === '' ? [] : [[a, ...label.split(':').map(Number)]];
        }),
    ),
    rounds: rows.map((row) => column('round', row)),
    logged: rows.map((row) => column('logged', row)),
    rewards: rows.map((row) => Array.from({ length: ACTIONS }, (_, a) => column(`reward-${a}`, row))),
    expected: rows.map((row) => Array.from({ length: ACTIONS }, (_, a) => column(`expected-${a}`, row))),
  };
};

describe('exportStream', () => {
  it('writes what reads back as the very stream', () => {
    const stream = makeStream();
    const file = join(root, 'stream.txt');
    exportStream(file, stream, createRng(2));
    const read = readBack(file);
    expect(read.rounds).toEqual(Array.from({ length: ROUNDS }, (_, t) => t));
    expect(Float32Array.from(read.contexts.flat())).toEqual(stream.contexts);
    for (const actions of read.actions) expect(Float32Array.from(actions.flat())).toEqual(stream.actions);
    expect(Uint8Array.from(read.rewards.flat())).toEqual(stream.rewards);
    expect(Float64Array.from(read.expected.flat())).toEqual(stream.expected);
    expect(read.contexts[0]).toHaveLength(CONTEXT_SIZE);
    expect(read.actions[0][0]).toHaveLength(ACTION_SIZE);
  });

  it('labels one action of each round with cost and propensity, as a uniform policy logged it', () => {
    const stream = makeStream();
    const file = join(root, 'logged.txt');
    exportStream(file, stream, createRng(3));
    const { labels, logged } = readBack(file);
    labels.forEach((label, t) => {
      const cost = 0 - stream.rewards[t * ACTIONS + logged[t]];
      expect(label).toEqual([[logged[t], 0, cost, 1 / ACTIONS]]);
    });
    const counts = new Array<number>(ACTIONS).fill(0);
    for (const action of logged) counts[action]++;
    // Binomial(80, 0.1) has a deviation of 2.7; ten of them within 4
    for (const count of counts) expect(Math.abs(count - ROUNDS / ACTIONS)).toBeLessThan(11);
  });

  it('leaves nothing behind where one of the files cannot be written', () => {
    const folder = join(root, 'taken');
    mkdirSync(join(folder, 'stream.txt', 'inside'), { recursive: true }); // a folder stands in the stream's place
    expect(() => exportStream(join(folder, 'stream.txt'), makeStream(), createRng(4))).toThrow();
    expect(readdirSync(folder)).toEqual(['stream.txt']);
    expect(() => exportStream(join(root, 'gone', 'stream.txt'), makeStream(), createRng(4))).toThrow(
      MarqueeError,
    );
    expect(existsSync(join(root, 'gone'))).toBe(false);
  });
});

describe('drawStream', () => {
  it('is the same from the same seed, and its rewards come as often as it says', () => {
    const stream = drawStream({ rounds: 2_000, rng: createRng(5) });
    expect(drawStream({ rounds: 2_000, rng: createRng(5) })).toEqual(stream);
    let excess = 0;
    let spread = 0;
    stream.expected.forEach((chance, i) => {
      excess += stream.rewards[i] - chance;
      spread += chance * (1 - chance);
    });
    expect(Math.abs(excess)).toBeLessThan(4 * Math.sqrt(spread));
  });

  it('drifts where it is given a period: half of it later, all weights have turned', () => {
    const period = 400;
    const still = drawStream({ rounds: period, rng: createRng(6) });
    const drifting = drawStream({ rounds: period, rng: createRng(6), period });
    expect(drifting.contexts).toEqual(still.contexts);
    expect(drifting.expected.subarray(0, ACTIONS)).toEqual(still.expected.subarray(0, ACTIONS));
    // cos(pi) = -1: log-odds are mirrored at the bias, -1.5
    const logit = (p: number) => Math.log(p / (1 - p));
    for (let a = 0; a < ACTIONS; a++) {
      const at = (period / 2) * ACTIONS + a;
      expect(Math.abs(logit(drifting.expected[at]) + logit(still.expected[at]) + 3)).toBeLessThan(1e-3);
    }
  });
});
