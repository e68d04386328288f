import { describe, expect, it } from 'vitest';
import { progressOn } from '../../src/cli/progress.ts';

/** A stream and a clock that only move when told. */
const stage = (isTTY: boolean, columns = 80) => {
  const written: string[] = [];
  let at = 0;
  const stream = { isTTY, columns, write: (text: string) => void written.push(text) };
  const progress = progressOn(stream, () => at);
  const wait = (ms: number): void => {
    at += ms;
  };
  return { progress, wait, written };
};

describe('progress in a log', () => {
  it('is a plain line every few seconds, and one at the end of each step', () => {
    const { progress, wait, written } = stage(false);
    const step = progress.step('train', 1_000);
    for (let done = 1; done <= 1_000; done++) {
      wait(12);
      step.advance(done, `loss ${(4 - done / 500).toFixed(1)}`);
    }
    step.end('1,000 steps');
    expect(written).toEqual([
      'train: 41%, about 7.0 s left, loss 3.2\n',
      'train: 83%, about 2.0 s left, loss 2.3\n',
      'train: 1,000 steps (12 s)\n',
    ]);
  });

  it('tells how long a step without a total has run', () => {
    const { progress, wait, written } = stage(false);
    const step = progress.step('wait');
    wait(5_000);
    step.advance(7);
    expect(written).toEqual(['wait: 5.0 s\n']);
  });

  it('writes no escape codes', () => {
    const { progress, wait, written } = stage(false);
    const step = progress.step('a', 2);
    wait(6_000);
    step.advance(1);
    progress.note('by the way');
    progress.clear();
    step.end();
    expect(written.join('')).toBe('a: 50%, about 6.0 s left\nby the way\na (6.0 s)\n');
  });

  it('ends a step that the next one finds open, once', () => {
    const { progress, written } = stage(false);
    const first = progress.step('first', 1);
    const second = progress.step('second', 1);
    first.end('late');
    first.advance(1);
    second.end('done');
    second.end('again');
    expect(written).toEqual(['first (0 ms)\n', 'second: done (0 ms)\n']);
  });

  it('survives a total of 0', () => {
    const { progress, wait, written } = stage(false);
    const step = progress.step('nothing', 0);
    wait(5_000);
    step.advance(0);
    expect(written).toEqual(['nothing: 5.0 s\n']);
  });
});

describe('progress on a terminal', () => {
  it('redraws one line at most ten times a second and takes it away at the end', () => {
    const { progress, wait, written } = stage(true);
    const step = progress.step('train', 100);
    for (let done = 1; done <= 50; done++) {
      wait(40);
      step.advance(done);
    }
    expect(written.length).toBeLessThanOrEqual(1 + 2_000 / 100);
    expect(written.at(-1)).toBe(
      '\rtrain  [##########..........]  48%  about 2.1 s left\x1b[K'.replace('48', '48'),
    );
    step.end('ok');
    expect(written.slice(-2)).toEqual(['\r\x1b[K', 'train: ok (2.0 s)\n']);
  });

  it('never fills the line, which would wrap and escape the redraw', () => {
    const { progress, wait, written } = stage(true, 20);
    const step = progress.step('a step with a long name', 10);
    wait(1_000);
    step.advance(5, 'and a long detail');
    for (const text of written) expect(text.replace('\r', '').replace('\x1b[K', '').length).toBeLessThan(20);
  });

  it('makes way for a note and comes back', () => {
    const { progress, wait, written } = stage(true);
    const step = progress.step('a', 10);
    progress.note('note');
    wait(200);
    step.advance(1);
    expect(written.slice(1)).toEqual(['\r\x1b[K', 'note\n', '\ra  [##..................]  10%\x1b[K']);
  });
});
