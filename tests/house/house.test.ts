import { describe, expect, it } from 'vitest';
import {
  filesFormNoCircle,
  importsGoDown,
  importsLeadSomewhere,
  packagesAreDeclared,
  pagesImportTypesAlone,
  tensorflowStaysInTraining,
  truthStaysInside,
} from './rules/floors.ts';
import { chanceAndTimeAreArguments, environmentIsReadInCli } from './rules/habits.ts';
import { filesAreNamedAfterWhatTheyDo, longFilesSayWhy, roomsHaveReadmes } from './rules/rooms.ts';
import { readTree, type Tree } from './sources.ts';

type Rule = (tree: Tree) => string[];
type Files = Readonly<Record<string, string>>;

const tree = (files: Files): Tree => new Map(Object.entries(files));
const manifest = JSON.stringify({ dependencies: { 'lru-cache': '1' }, devDependencies: { usearch: '1' } });

/** For each rule: trees that break it, with where, and trees that are near to breaking it and do not. */
const RULES: readonly { rule: Rule; broken: readonly [Files, string][]; kept: readonly Files[] }[] = [
  {
    rule: importsGoDown,
    broken: [
      [{ 'src/math/a.ts': "import { b } from '../domain/b.ts';" }, 'src/math/a.ts:1'],
      [{ 'src/bandits/a.ts': "import type { B } from '../features/b.ts';" }, 'src/bandits/a.ts:1'],
      [{ 'src/ranking/a.ts': "\nexport * from '../serving/b.ts';" }, 'src/ranking/a.ts:2'],
      [{ 'src/serving/a.ts': "const b = await import('../training/b.ts');" }, 'src/serving/a.ts:1'],
      [
        { 'src/serving/a.ts': "new Worker(new URL('../experiments/b.ts', import.meta.url));" },
        'src/serving/a.ts:1',
      ],
      [{ 'src/serving/a.ts': "let b: import('../cli/b.ts').B;" }, 'src/serving/a.ts:1'],
      [{ 'src/experiments/a.ts': "import '../../tests/b.ts';" }, 'src/experiments/a.ts:1'],
      [{ 'src/experiments/a.ts': "import '../../bench/b.ts';" }, 'src/experiments/a.ts:1'],
      [{ 'src/attic/a.ts': 'export const a = 1;' }, "'src/attic' stands on no floor"],
    ],
    kept: [
      { 'src/serving/a.ts': "import '../ranking/deep/b.ts'; import './c.ts'; import 'node:fs';" },
      { 'src/serving/a.ts': "// import '../cli/b.ts'\nconst text = \"import '../cli/b.ts'\";" },
      { 'tests/serving/a.test.ts': "import '../../src/cli/b.ts';" },
      { 'src/cli/a.ts': "await import('../../bench/b.ts');" },
      { 'datasets/a.ts': "import '../src/simulator/world.ts'; import '../src/math/b.ts';" },
    ],
  },
  {
    rule: truthStaysInside,
    broken: [
      [{ 'src/ranking/a.ts': "import type { World } from '../simulator/world.ts';" }, 'src/ranking/a.ts:1'],
      [{ 'src/cli/a.ts': "await import('../simulator/world.ts');" }, 'src/cli/a.ts:1'],
      [{ 'src/training/a.ts': "import '../simulator/world.ts';" }, 'src/training/a.ts:1'],
    ],
    kept: [
      { 'src/experiments/a.ts': "import '../simulator/world.ts';" },
      { 'bench/a.ts': "import '../src/simulator/world.ts';" },
      { 'src/ranking/simulator.ts': "import './simulator-like.ts';" },
    ],
  },
  {
    rule: tensorflowStaysInTraining,
    broken: [
      [{ 'src/serving/a.ts': "import * as tf from '@tensorflow/tfjs';" }, 'src/serving/a.ts:1'],
      [{ 'src/cli/a.ts': "await import('@tensorflow/tfjs-node');" }, 'src/cli/a.ts:1'],
      [{ 'src/math/a.ts': "import type { Tensor } from '@tensorflow/tfjs-core';" }, 'src/math/a.ts:1'],
    ],
    kept: [{ 'src/training/a.ts': "import * as tf from '@tensorflow/tfjs';" }],
  },
  {
    rule: packagesAreDeclared,
    broken: [
      [{ 'package.json': manifest, 'src/serving/a.ts': "import 'left-pad';" }, "'left-pad'"],
      [{ 'package.json': manifest, 'src/serving/a.ts': "import 'usearch';" }, "'usearch'"],
      [{ 'package.json': manifest, 'src/serving/a.ts': "import 'fs';" }, "'fs'"],
    ],
    kept: [
      { 'package.json': manifest, 'src/serving/a.ts': "import 'lru-cache/deep.js'; import 'node:fs';" },
      { 'package.json': manifest, 'bench/a.ts': "import 'usearch';" },
    ],
  },
  {
    rule: pagesImportTypesAlone,
    broken: [
      [{ 'web/a.tsx': "import { b } from '../src/domain/b.ts';" }, 'web/a.tsx:1'],
      [{ 'web/deep/a.ts': "await import('../../src/math/b.ts');" }, 'web/deep/a.ts:1'],
    ],
    kept: [{ 'web/a.tsx': "import type { B } from '../src/domain/b.ts'; import './c.ts'; import 'preact';" }],
  },
  {
    rule: filesFormNoCircle,
    broken: [
      [
        {
          'src/math/a.ts': "import './b.ts';",
          'src/math/b.ts': "import './c.ts';",
          'src/math/c.ts': "import './a.ts';",
        },
        'src/math/a.ts -> src/math/b.ts -> src/math/c.ts -> src/math/a.ts',
      ],
      [
        { 'src/math/a.ts': "import type { B } from './b.ts';", 'src/math/b.ts': "await import('./a.ts');" },
        'src/math/a.ts -> src/math/b.ts -> src/math/a.ts',
      ],
      [{ 'src/math/a.ts': "import './a.ts';" }, 'src/math/a.ts -> src/math/a.ts'],
    ],
    kept: [
      {
        'src/math/a.ts': "import './b.ts'; import './c.ts';",
        'src/math/b.ts': "import './d.ts';",
        'src/math/c.ts': "import './d.ts';",
        'src/math/d.ts': '',
      },
    ],
  },
  {
    rule: importsLeadSomewhere,
    broken: [[{ 'src/cli/a.ts': "const later = () => import('./gone.ts');" }, 'src/cli/a.ts:1']],
    kept: [{ 'src/cli/a.ts': "import './b.ts';", 'src/cli/b.ts': '' }],
  },
  {
    rule: chanceAndTimeAreArguments,
    broken: [
      [{ 'src/ranking/a.ts': 'const x = Math.random();' }, 'src/ranking/a.ts:1'],
      [{ 'src/ranking/a.ts': 'const draw = Math.random;' }, 'src/ranking/a.ts:1'],
      [{ 'src/ranking/a.ts': "const x = Math['random']();" }, 'src/ranking/a.ts:1'],
      [{ 'datasets/a.ts': '\nconst x = Date.now();' }, 'datasets/a.ts:2'],
      [{ 'src/cli/a.ts': 'const x = new Date();' }, 'src/cli/a.ts:1'],
      [{ 'src/cli/a.ts': 'const x = new Date;' }, 'src/cli/a.ts:1'],
      [{ 'src/cli/a.ts': 'const x = Date();' }, 'src/cli/a.ts:1'],
    ],
    kept: [
      { 'src/domain/clock.ts': 'const x = Date.now();' },
      { 'tests/a.test.ts': 'const x = Date.now();' },
      {
        'src/ranking/a.ts': '// never Math.random() here\nconst at = new Date(0), took = performance.now();',
      },
    ],
  },
  {
    rule: environmentIsReadInCli,
    broken: [
      [{ 'src/serving/a.ts': 'const port = process.env.PORT;' }, 'src/serving/a.ts:1'],
      [{ 'src/serving/a.ts': "const port = process['env']['PORT'];" }, 'src/serving/a.ts:1'],
      [{ 'datasets/a.ts': 'const { HOME } = process.env;' }, 'datasets/a.ts:1'],
    ],
    kept: [
      { 'src/cli/a.ts': 'const dir = process.env.MARQUEE_WORK_DIR;' },
      { 'src/math/a.ts': "spawnSync('x', [], { env: { ...process.env, A: '' } });" },
    ],
  },
  {
    rule: filesAreNamedAfterWhatTheyDo,
    broken: [
      [{ 'src/math/utils.ts': '' }, 'src/math/utils.ts'],
      [{ 'bench/helper.ts': '' }, 'bench/helper.ts'],
      [{ 'tests/deep/types.ts': '' }, 'tests/deep/types.ts'],
      [{ 'src/domain/common.ts': '' }, 'src/domain/common.ts'],
    ],
    kept: [{ 'src/math/commonness.ts': '', 'src/ranking/title-types.ts': '' }],
  },
  {
    rule: roomsHaveReadmes,
    broken: [
      [{ 'src/math/a.ts': '' }, 'src/math/README.md: missing'],
      [{ 'datasets/a.ts': '' }, 'datasets/README.md: missing'],
      [{ 'src/math/a.ts': '', 'src/math/README.md': 'a line\n'.repeat(31) }, '31 lines'],
    ],
    kept: [{ 'src/math/a.ts': '', 'src/math/README.md': 'a line\n'.repeat(30), 'bench/a.ts': '' }],
  },
  {
    rule: longFilesSayWhy,
    broken: [
      [{ 'src/math/a.ts': 'f();\n'.repeat(401) }, 'src/math/a.ts: 401 lines'],
      [{ 'src/math/a.ts': `/** Much. */\n${'f();\n'.repeat(400)}// because\n` }, '402 lines'],
    ],
    kept: [
      { 'src/math/a.ts': 'f();\n'.repeat(400) },
      { 'src/math/a.ts': `/** One file because it is one table. */\n${'f();\n'.repeat(500)}` },
    ],
  },
];

const checkout = readTree();

describe.each(RULES.map((entry) => [entry.rule.name, entry] as const))('%s', (_, { rule, broken, kept }) => {
  it('holds in this checkout', () => {
    expect(rule(checkout)).toEqual([]);
  });

  it.each(broken.map((planted) => [planted[1], planted[0]] as const))('sees %s', (where, files) => {
    const violations = rule(tree(files));
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain(where);
  });

  it.each(kept.map((files) => [Object.keys(files).join(', '), files] as const))(
    'lets %s be',
    (_paths, files) => {
      expect(rule(tree(files))).toEqual([]);
    },
  );
});

it('reads the whole house', () => {
  const rooms = [
    'src/domain/errors.ts',
    'src/math/',
    'src/cli/',
    'bench/',
    'tests/house/',
    'package.json',
    'README.md',
  ];
  for (const room of rooms) {
    expect(
      [...checkout.keys()].some((path) => path.startsWith(room)),
      room,
    ).toBe(true);
  }
});
