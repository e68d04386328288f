import { describe, expect, it } from 'vitest';
import { loadSuite, SUITE_NAMES } from '../../bench/suites.ts';
import { WORLD_BOUNDS } from '../../src/cli/commands/data.ts';
import { run } from '../../src/cli/run.ts';
import { PUBLISHED_MODEL_NAMES } from '../../src/experiments/published-models.ts';
import { STORE_ADDRESSES } from '../../src/serving/stores/store-address.ts';
import { worldConfig } from '../../src/simulator/config.ts';
import { recordingShell } from './recording-shell.ts';

const says = async (commandLine: string) => {
  const { shell, out, err } = recordingShell();
  const exitCode = await run(commandLine === '' ? [] : commandLine.split(' '), shell);
  return { exitCode, out, err };
};

describe('a command line that cannot be', () => {
  it.each([
    [
      '',
      "'marquee' needs a command, expected one of demo, serve, monitor, check-features, rollback, data, evaluate, off-policy, tune, experiment, bench, chaos, report, doctor",
    ],
    [
      'demmo',
      "unknown command 'demmo' of 'marquee', expected one of demo, serve, monitor, check-features, rollback, data, evaluate, off-policy, tune, experiment, bench, chaos, report, doctor; did you mean 'demo'?",
    ],
    ['data', "'marquee data' needs a command, expected one of simulate, import"],
    ['data simulate', "'marquee data simulate' got no --out, expected: --out <dir>"],
    ['data simulate --out', '--out: got nothing, expected a value: --out <dir>'],
    ['data simulate --out --titles 5', "--out: got '--titles', expected a folder"],
    ['data simulate --out= --titles 5', "--out: got '', expected a folder"],
    [
      'data simulate --out x --titels=5',
      "unknown flag '--titels=5' of 'marquee data simulate', expected one of --out, --titles, --members, --days, --seed; did you mean '--titles'?",
    ],
    [
      'data simulate --out x --titles 5.5',
      "--titles: got '5.5', expected a whole number from 50 to 5,000,000",
    ],
    ['data simulate --out x --titles 49', "--titles: got '49', expected a whole number from 50 to 5,000,000"],
    ['data simulate --out x --days 1e2', "--days: got '1e2', expected a whole number from 1 to 3,650"],
    ['data simulate --out x --days 0x10', "--days: got '0x10', expected a whole number from 1 to 3,650"],
    [
      'data import movielens --from a --out b --layout ml-1n',
      "--layout: got 'ml-1n', expected one of ml-latest, ml-1m, ml-100k; did you mean 'ml-1m'?",
    ],
    ['demo --seed -1', "--seed: got '-1', expected a whole number from 0 to 4,294,967,295"],
    ['demo --port 65536', "--port: got '65536', expected a whole number from 0 to 65,535"],
    ['demo please now', "'marquee demo' got 'please now' too many, expected: marquee demo [options]"],
    [
      'serve --trusted-proxy 10.0.0.0/40',
      "--trusted-proxy: got '10.0.0.0/40', expected addresses or networks such as 10.0.0.5 or 10.0.0.0/8",
    ],
    ['bench', "'marquee bench' got no SUITE, expected: marquee bench [options] <suite>"],
    [
      'bench retreival --gate',
      `SUITE: got 'retreival', expected one of ${SUITE_NAMES.join(', ')}; did you mean 'retrieval'?`,
    ],
    ['bench constructor', `SUITE: got 'constructor', expected one of ${SUITE_NAMES.join(', ')}`],
    ['bench ranking --export-stream x', "--export-stream: got the suite 'ranking', expected 'bandits'"],
    [
      'bench bandits --export-stream gone/x',
      "--export-stream: got 'gone/x', expected a file in a folder that exists",
    ],
    ['bench bandits --export-stream tests', "--export-stream: got the folder 'tests', expected a file"],
    ['evaluate --model ease', 'evaluate: got neither of --data and --dataset, expected one of them'],
    ['off-policy', "'marquee off-policy' got no --log, expected: --log <dir>"],
    [
      'evaluate --data x --model ease,itemknn',
      `--model: got 'itemknn', expected one of ${PUBLISHED_MODEL_NAMES.join(', ')}; did you mean 'item-knn'?`,
    ],
    ['evaluate --data x --model ease --k 0', "--k: got '0', expected a whole number from 1 to 1,000"],
    [
      'evaluate --data tests --model ease',
      'tests: holds no split, expected a folder with train.txt and test.txt, with X.train.rating, X.test.rating, X.test.negative, or with sequences in a .txt file',
    ],
    [
      'serve -v',
      "unknown flag '-v' of 'marquee serve', expected one of --host, --port, --work-dir, --store, --workers, --scoring-threads, --client-limit, --trusted-proxy, --canary, --served-share, --log-level, --shadow, --candidate-generator, --ranker",
    ],
    [
      'serve --host 0.0.0.0',
      '--host: got 0.0.0.0, which others can reach, without an admin token, expected MARQUEE_ADMIN_TOKEN to be set, or 127.0.0.1',
    ],
    [
      'serve --ranker no/such.ts',
      "--ranker: got 'no/such.ts', which is not there, expected a TypeScript or JavaScript module",
    ],
    [
      'bench serving --ranker x.ts',
      'serving: got a part of your own that it does not measure, expected ranking',
    ],
    ['serve --store redis://localhost', `--store: got 'redis://localhost', expected ${STORE_ADDRESSES}`],
    ['serve --store lmdb:', `--store: got 'lmdb:', expected ${STORE_ADDRESSES}`],
    ['serve --canary 0.6', "--canary: got '0.6', expected a share above 0, at most 0.5"],
    ['serve --workers 0', "--workers: got '0', expected a whole number from 1 to 64"],
    [
      'serve --workers 2 --store memory:',
      '--workers: got 2 with --store memory:, which one process keeps to itself, expected 1',
    ],
  ])('%s', async (commandLine, line) => {
    expect(await says(commandLine)).toEqual({ exitCode: 2, out: [], err: [`marquee: ${line}`] });
  });
});

describe('help and version', () => {
  it.each([['--help'], ['help'], ['demo --help'], ['help bench'], ['data import movielens -h']])(
    '%s goes to the output and is no failure',
    async (commandLine) => {
      const { exitCode, out, err } = await says(commandLine);
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: [] });
      expect(out[0]).toMatch(/^Usage: marquee/);
    },
  );

  it('--version is that of package.json', async () => {
    const { exitCode, out } = await says('--version');
    expect(exitCode).toBe(0);
    expect(out).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  });
});

describe('what the command line promises', () => {
  it.each(Object.entries(WORLD_BOUNDS))('--%s is bounded as the world is', (field, { min, max }) => {
    expect(() => worldConfig({ [field]: min })).not.toThrow();
    expect(() => worldConfig({ [field]: max })).not.toThrow();
    expect(() => worldConfig({ [field]: min - 1 })).toThrow(field);
    expect(() => worldConfig({ [field]: max + 1 })).toThrow(field);
  });

  it.each(SUITE_NAMES.map((name) => [name]))('the suite %s can be loaded', async (name) => {
    expect(await loadSuite(name)).toBeTypeOf('function');
  });
});
