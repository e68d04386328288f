import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  currentCommit,
  expectWritable,
  missedBudgets,
  thisMachine,
  writeResult,
} from '../../bench/result.ts';
import { type BenchResult, heldTo } from '../../src/domain/measurement.ts';

const folder = mkdtempSync(join(tmpdir(), 'marquee-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const latency = { name: 'a.latency.p99', value: 0.21, unit: 'ms', n: 2_000, ci: [0.19, 0.24] } as const;
const result: BenchResult = {
  suite: 'retrieval',
  commit: 'unknown',
  seed: 0,
  machine: thisMachine(),
  backend: 'simd',
  measurements: [heldTo(latency, 10), heldTo({ ...latency, name: 'b' }, 0.1), { ...latency, name: 'c' }],
};

describe('writeResult', () => {
  it('writes the object of the design, replaces the last one, and leaves nothing aside', () => {
    const file = join(folder, 'result.json');
    writeFileSync(file, 'the last one');
    writeResult(file, result);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(result);
    expect(readdirSync(folder)).toEqual(['result.json']);
  });

  it.each([
    ['a value', { ...latency, value: Number.NaN }],
    ['an interval', { ...latency, ci: [0, Number.POSITIVE_INFINITY] as const }],
    ['a baseline', { ...latency, baselines: [{ name: 'random', value: Number.NaN }] }],
  ])('refuses %s that JSON would turn into null, and keeps the last file', (_, measurement) => {
    const file = join(folder, 'result.json');
    writeFileSync(file, 'the last one');
    expect(() => writeResult(file, { ...result, measurements: [measurement] })).toThrow('a.latency.p99');
    expect(readFileSync(file, 'utf8')).toBe('the last one');
    expect(readdirSync(folder)).toEqual(['result.json']);
  });

  it('leaves nothing aside where it cannot be renamed into place', () => {
    const taken = join(folder, 'taken');
    mkdirSync(taken);
    expect(() => writeResult(taken, result)).toThrow();
    rmSync(taken, { recursive: true });
    expect(readdirSync(folder)).toEqual(['result.json']);
  });
});

describe('expectWritable', () => {
  it('lets a file in a folder be, there or not', () => {
    expect(() => expectWritable('--json', join(folder, 'new.json'))).not.toThrow();
  });

  it('refuses what could not be written at the end of the work', () => {
    const missing = join(folder, 'missing', 'x.json');
    expect(() => expectWritable('--json', missing)).toThrow(`--json: got '${missing}'`);
    expect(() => expectWritable('--json', folder)).toThrow(`--json: got the folder '${folder}'`);
  });
});

describe('missedBudgets', () => {
  const names = (slack: number, measurements = result.measurements) =>
    missedBudgets(measurements, slack).map(({ name }) => name);

  it('are those that failed, not those without a budget', () => {
    expect(names(1)).toEqual(['b']);
  });

  it('leave out times and rates within the slack, and nothing else', () => {
    const rate = { name: 'rate', value: 50, unit: '1/s', n: 1 };
    const share = { name: 'share', value: 0.2, unit: 'share', n: 1 };
    const unlike = heldTo({ ...latency, name: 'answers went wrong' }, 10, 'at-most', false);
    const missed = [
      ...result.measurements,
      heldTo(rate, 140, 'at-least'),
      heldTo({ ...rate, name: 'slow' }, 160, 'at-least'),
      heldTo(share, 0.1),
      unlike,
    ];
    expect(names(3, missed)).toEqual(['slow', 'share', 'answers went wrong']);
    expect(names(2, missed)).toEqual(['b', 'rate', 'slow', 'share', 'answers went wrong']);
  });
});

it('the machine and the commit are told, or said to be unknown', () => {
  const { cpu, cores, node, loadAverage } = thisMachine();
  expect(cpu).not.toBe('');
  expect(cores).toBeGreaterThanOrEqual(1);
  expect(node).toBe(process.versions.node);
  expect(loadAverage).toBeGreaterThanOrEqual(0);
  expect(currentCommit()).toMatch(/^([0-9a-f]{40}|unknown)$/);
});
