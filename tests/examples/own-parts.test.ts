/** The examples are loaded as the command line loads them, keep the house's contracts, and broken ones are told so. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import alwaysExploring from '../../examples/always-exploring.ts';
import crowdRanker from '../../examples/crowd-ranker.ts';
import quietGems from '../../examples/quiet-gems.ts';
import { countPlays } from '../../src/candidate-gen/popularity.ts';
import { loadOwnModules, type OwnFlags } from '../../src/cli/own-modules.ts';
import { measureOwnRanker, measureOwnSource } from '../../src/experiments/own-parts.ts';
import type { GivenModels, OwnModules } from '../../src/serving/own-parts/contract.ts';
import { openOwnParts } from '../../src/serving/own-parts/open.ts';
import { openOwnPolicy } from '../../src/serving/own-parts/own-policy.ts';
import { replay } from '../../src/training/replay.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';
import { describeBanditPolicy } from '../contracts/describe-bandit-policy.ts';
import { describeCandidateGenerator } from '../contracts/describe-candidate-generator.ts';
import { describeRanker } from '../contracts/describe-ranker.ts';
import { type PlantedFixture, plantedFixture } from '../contracts/fixture.ts';
import { untrainedSubject } from '../experiments/untrained-subject.ts';

const givenBy = ({ dataset, at }: PlantedFixture): GivenModels => ({
  catalogue: dataset,
  twoTower: {
    dimension: 1,
    historySize: 1,
    historyEmbedding: new Float32Array(dataset.titles.ids.length),
    queryLayers: [],
    itemVectors: new Float32Array(dataset.titles.ids.length),
  },
  counts: replay(dataset, at, () => 1).counts,
  trending: countPlays(dataset.plays, dataset.titles.ids.length, { before: at }),
});

describeCandidateGenerator('the example quiet-gems', (fixture) => quietGems(givenBy(fixture)));
describeRanker('the example crowd-ranker', () => crowdRanker());
describeBanditPolicy('the example always-exploring', (featureSize: number) =>
  alwaysExploring({ featureSize }),
);

const fixture = plantedFixture();
const given = {
  ...givenBy(fixture),
  sources: {
    neighbours: {
      itemCount: 60,
      offsets: new Uint32Array(61),
      items: new Uint32Array(0),
      weights: new Float32Array(0),
    },
    takeRates: new Map([['two-tower', { rate: 0.5, power: 1 }]]),
  },
};
const requests = async () => [fixture.request(-1), fixture.request(0), fixture.request(7)];
const root = temporaryFolder();
/** A module of the user's whose default export is this expression. */
const moduleOf = (name: string, expression: string): string => {
  mkdirSync(root, { recursive: true });
  const file = join(root, name);
  writeFileSync(file, `export default ${expression};\n`);
  return file;
};
const opened = async (flags: OwnFlags) => openOwnParts(await loadOwnModules(flags), given, requests);

describe("a user's own parts", () => {
  it('are loaded from TypeScript, checked, and served beside ours', async () => {
    const { sources, ranker } = await opened({
      candidateGenerator: 'examples/quiet-gems.ts',
      ranker: 'examples/crowd-ranker.ts',
    });
    expect(sources.map(({ generator }) => generator.name)).toEqual(['quiet-gems']);
    expect(sources[0].calibrate?.(0, 1)).toBe(0.25);
    expect(ranker?.name).toBe('crowd-ranker');
    const { policy } = await loadOwnModules({ policy: 'examples/always-exploring.ts' });
    if (policy === undefined) throw new Error('expected a policy');
    expect((await openOwnPolicy(policy, { featureSize: 4 })).name).toBe('always-exploring');
  });

  it('are measured under their names on the requests that ours are measured on', async () => {
    const { subject, retrieval, queries } = untrainedSubject();
    const own: OwnModules = await loadOwnModules({
      candidateGenerator: 'examples/quiet-gems.ts',
      ranker: 'examples/crowd-ranker.ts',
    });
    const rows = [
      ...(await measureOwnSource(own, subject, retrieval, queries)),
      ...(await measureOwnRanker(own, subject, retrieval, queries)),
      ...(await measureOwnSource({}, subject, retrieval, queries)),
    ];
    const measured = rows.flatMap((row) => ('measurement' in row ? [row.measurement] : []));
    expect(measured.map(({ name }) => name)).toEqual(['quiet-gems.recall@100', 'crowd-ranker.ndcg@10']);
    for (const { n } of measured) expect(n).toBe(queries.length);
  });

  const list = (items: string, scores: string) =>
    `() => ({ name: 'mine', async generate(r, limit, { signal }) { signal.throwIfAborted(); return { items: Uint32Array.from(${items}.slice(0, limit)), scores: Float32Array.from(${scores}.slice(0, limit)) }; } })`;
  it.each([
    ['no-function.mjs', '7', /default export is number/],
    ['no-name.mjs', '() => ({})', /name undefined, expected a kebab-case one/],
    ['no-generate.mjs', "() => ({ name: 'mine' })", /no function generate/],
    ['throws.mjs', "() => { throw new Error('not today'); }", /default export threw: Error: not today/],
    ['twice.mjs', list('[1, 1]', '[2, 1]'), /title 1 twice .*expected distinct titles/],
    ['unaligned.mjs', list('[1, 2]', '[1]'), /2 titles and 1 scores .*expected a score for each title/],
    ['nan.mjs', list('[1, 2]', '[1, NaN]'), /score NaN after 1/],
    ['rises.mjs', list('[1, 2]', '[1, 2]'), /score 2 after 1/],
    ['unknown.mjs', list('[99]', '[1]'), /title 99 .*expected rows below 60/],
    ['unreleased.mjs', list('[59]', '[1]'), /title 59, not released yet or watched before/],
    ['deaf.mjs', list('[]', '[]').replace('signal.throwIfAborted();', ''), /goes on under an aborted signal/],
    [
      'random.mjs',
      list('[Math.random() < 0.5 ? 1 : 2, 3 + Math.floor(3 * Math.random())]', '[2, 1]'),
      /another list at the second time|watched before/,
    ],
  ])('that break the contract of a source are refused in one line: %s', async (name, expression, message) => {
    const error = opened({ candidateGenerator: moduleOf(name, expression) });
    await expect(error).rejects.toThrow(message);
    await expect(error).rejects.toMatchObject({ kind: 'caller' });
    await expect(error).rejects.toThrow(name);
  });

  const scores = (body: string, features = '[]') =>
    `() => ({ name: 'mine', featureNames: ${features}, async score(r, pool, features, { signal }) { signal.throwIfAborted(); ${body} } })`;
  it.each([
    [
      'short.mjs',
      scores('return { combined: new Float32Array(1), heads: {} };'),
      /1 scores in combined for 0/,
    ],
    [
      'infinite.mjs',
      scores('return { combined: new Float32Array(pool.items.length).fill(Infinity), heads: {} };'),
      /Infinity in combined/,
    ],
    [
      'reorders.mjs',
      scores('pool.items.reverse(); return { combined: Float32Array.from(pool.items), heads: {} };'),
      /changed by score/,
    ],
    ['features.mjs', scores('', "['no-such']"), /feature 'no-such', expected some of/],
  ])('that break the contract of a ranker are refused in one line: %s', async (name, expression, message) => {
    await expect(opened({ ranker: moduleOf(name, expression) })).rejects.toThrow(message);
  });

  it('that break the contract of a policy are refused in one line', async () => {
    const half = `({ featureSize }) => ({ name: 'half', probabilities: ({ actionCount }) => new Float64Array(actionCount).fill(0.5), choose() { return { action: 0, propensity: 1, probabilities: Float64Array.of(1) }; }, update() {}, forget() {}, merge() {}, save: () => ({ policy: 'half', arrays: {} }), restore() {} })`;
    const { policy } = await loadOwnModules({ policy: moduleOf('half.mjs', half) });
    if (policy === undefined) throw new Error('expected a policy');
    await expect(openOwnPolicy(policy, { featureSize: 3 })).rejects.toThrow(
      /--policy .*half.mjs: got probabilities 0.5, expected 1 from 0 that sum to 1/,
    );
  });

  it('that are not there, or cannot be loaded, are named', async () => {
    await expect(loadOwnModules({ ranker: 'no/such.ts' })).rejects.toThrow(
      /--ranker: got 'no\/such.ts', which is not there/,
    );
    await expect(loadOwnModules({ policy: moduleOf('broken.ts', '(') })).rejects.toThrow(/cannot be loaded/);
  });
});
