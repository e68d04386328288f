import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MarqueeError } from '../../src/domain/errors.ts';
import { readResult, resultIn } from '../../src/reporting/result-file.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';
import { measured, resultOf } from './measured.ts';

const root = temporaryFolder();
const whole = resultOf('retrieval', [
  measured('a.recall@10', 0.5, {
    ci: [0.4, 0.6],
    baselines: [{ name: 'random', value: 0.1 }],
    ...{ budget: 0.3, sense: 'at-least', pass: true, definition: 'd', protocol: 'p' },
    series: [{ kind: 'recall-at-k', line: 'a', x: [1, 10], y: [0.1, 0.5], low: [0, 0.4], high: [0.2, 0.6] }],
  }),
]);

const messageOf = (read: () => unknown): string => {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof MarqueeError) {
      expect(thrown.kind).toBe('caller');
      return thrown.message;
    }
    throw thrown;
  }
  return 'nothing was thrown';
};

it('reads what a bench wrote', () => {
  const file = join(root, 'whole.json');
  writeFileSync(file, JSON.stringify(whole));
  expect(readResult(file)).toEqual(whole);
});

describe('a damaged or foreign file', () => {
  it('is named, with what came and what was expected', () => {
    const file = join(root, 'damaged.json');
    expect(messageOf(() => readResult(file))).toContain(
      `${file}: no such file, expected the result of a suite`,
    );
    expect(messageOf(() => readResult(root))).toContain('cannot be read (EISDIR)');
    writeFileSync(file, JSON.stringify(whole).slice(0, 90));
    expect(messageOf(() => readResult(file))).toContain(`${file}: not JSON (`);
    writeFileSync(file, new Uint8Array([0xff, 0xfe, 0x00]));
    expect(messageOf(() => readResult(file))).toContain('not JSON');
    writeFileSync(file, '[1, 2]');
    expect(messageOf(() => readResult(file))).toContain('got [1,2], expected the result of a suite');
  });

  const [first] = whole.measurements;
  const broken = (change: object): unknown => ({ ...whole, measurements: [{ ...first, ...change }] });
  const series = (change: object): unknown => broken({ series: [{ ...first.series?.[0], ...change }] });

  it.each([
    [{ name: 'left-pad', version: '1.0.0' }, 'suite: got nothing, expected text'],
    [{ ...whole, seed: -1 }, 'seed: got -1, expected a whole number from 0'],
    [{ ...whole, machine: 'mine' }, 'machine: got "mine", expected an object'],
    [
      { ...whole, machine: { ...whole.machine, cores: 1.5 } },
      'machine.cores: got 1.5, expected a whole number',
    ],
    [{ ...whole, measurements: {} }, 'measurements: got {}, expected a list'],
    [{ ...whole, measurements: [7] }, 'measurements[0]: got 7, expected an object'],
    [broken({ value: null }), 'measurements[0].value: got null, expected a finite number'],
    [broken({ value: '1' }), 'measurements[0].value: got "1", expected a finite number'],
    [broken({ ci: [1] }), 'measurements[0].ci: got [1], expected a list of 2'],
    [broken({ sense: 'over' }), 'measurements[0].sense: got "over", expected one of at-most, at-least'],
    [broken({ pass: 'yes' }), 'measurements[0].pass: got "yes", expected true or false'],
    [broken({ baselines: [{ name: 'x' }] }), 'measurements[0].baselines[0].value: got nothing'],
    [series({ kind: 'pie' }), 'measurements[0].series[0].kind: got "pie", expected one of recall-at-k'],
    [series({ y: [1] }), 'measurements[0].series[0].y: got [1], expected 2 numbers, as many as x'],
    [series({ high: [1, null] }), 'measurements[0].series[0].high[1]: got null, expected a finite number'],
  ])('%j', (content, message) => {
    expect(messageOf(() => resultIn('f.json', content))).toContain(`f.json: ${message}`);
  });
});
