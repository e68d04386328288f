/**
 * A stream as text, so that another program can be run on it and its regret compared.
 *
 * FILE holds the rounds in Vowpal Wabbit's `cb_adf` format, a blank line after each. Context is in namespace c, what
 * is shown in namespace a; `--interactions ca` makes the very 32 features that our policies are given:
 *   shared |c c1:0.251 c2:-1.3 c3:0.07
 *   |a a1:0.5 a2:... a7:...
 *   0:-1:0.1 |a a1:...
 * One action of each round carries a label, action:cost:probability, as a uniform policy logged it: the first number is
 * not read, the cost is the reward's opposite, the probability 1 / actions.
 *
 * FILE.rewards.csv has a row for each round: `round`, `logged` (the labelled action), `reward-0` ... what each action
 * would have brought, `expected-0` ... P(reward = 1) of each, which pseudo-regret is counted by.
 */
import { rmSync } from 'node:fs';
import { writeText } from '../../src/artifacts/durable-files.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { ACTION_SIZE, ACTIONS, type BanditStream, CONTEXT_SIZE } from './stream.ts';

/** Path of the table that stands beside an exported stream. */
export const rewardTableOf = (file: string): string => `${file}.rewards.csv`;

/**
 * Writes the stream and its table of rewards, both or neither.
 * @throws MarqueeError (dependency) when the disk refuses
 */
export const exportStream = (file: string, stream: BanditStream, rng: Rng): void => {
  const logged = Uint8Array.from({ length: stream.rounds }, () => Math.floor(rng.next() * ACTIONS));
  const table = rewardTableOf(file);
  writeText(table, tableText(stream, logged));
  try {
    writeText(file, streamText(stream, logged));
  } catch (thrown) {
    rmSync(table, { force: true });
    throw thrown;
  }
};

const places = (size: number): number[] => Array.from({ length: size }, (_, i) => i);

/** `|a a1:0.5 a2:-1`, of the row's numbers. */
const namespaceText = (name: string, values: Float32Array, row: number, size: number): string =>
  `|${name} ${places(size)
    .map((i) => `${name}${i + 1}:${Math.round(1000 * values[row * size + i]) / 1000}`)
    .join(' ')}`;

const streamText = ({ rounds, contexts, actions, rewards }: BanditStream, logged: Uint8Array): string => {
  const shown = places(ACTIONS).map((a) => namespaceText('a', actions, a, ACTION_SIZE));
  const lines: string[] = [];
  for (let t = 0; t < rounds; t++) {
    lines.push(`shared ${namespaceText('c', contexts, t, CONTEXT_SIZE)}`);
    shown.forEach((line, a) => {
      const cost = -rewards[t * ACTIONS + a];
      lines.push(a === logged[t] ? `0:${cost}:${1 / ACTIONS} ${line}` : line);
    });
    lines.push('');
  }
  return `${lines.join('\n')}\n`;
};

const tableText = ({ rounds, rewards, expected }: BanditStream, logged: Uint8Array): string => {
  const head = [
    'round,logged',
    ...places(ACTIONS).map((a) => `reward-${a}`),
    ...places(ACTIONS).map((a) => `expected-${a}`),
  ];
  const rows = Array.from({ length: rounds }, (_, t) => {
    const [from, to] = [t * ACTIONS, (t + 1) * ACTIONS];
    return [t, logged[t], rewards.subarray(from, to).join(), expected.subarray(from, to).join()].join();
  });
  return `${[head.join(), ...rows].join('\n')}\n`;
};
