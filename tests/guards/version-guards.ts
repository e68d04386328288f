import type { Guard } from './guard.ts';

const VERSIONS = 'src/serving/versions';

/** Those of published versions, from their files to their trials. */
export const VERSION_GUARDS: readonly Guard[] = [
  {
    name: 'files that were altered, read while others are',
    file: 'src/artifacts/manifest.ts',
    on: 'expectChecksum(path, await sha256Aside(bytes), entry);',
    off: '',
    tests: 'tests/artifacts/verified.test.ts',
  },
  {
    name: 'versions that cannot make a page',
    file: `${VERSIONS}/warm-up.ts`,
    on: 'if (broken === undefined) continue;',
    off: 'if (reports.length >= 0) continue;',
    tests: 'tests/serving/versions.test.ts',
  },
  {
    name: 'the end of a version that still answers',
    file: `${VERSIONS}/live-version.ts`,
    on: 'if (underWay > 0) {',
    off: 'if (underWay < 0) {',
    tests: 'tests/serving/versions.test.ts',
  },
  {
    name: 'the return of a version that was taken back',
    file: 'src/artifacts/releases.ts',
    on: '.filter((name) => rejectionOf(root, name) === undefined)',
    off: '',
    tests: 'tests/serving/versions.test.ts',
  },
  {
    name: 'versions that are worse',
    file: `${VERSIONS}/canary-judge.ts`,
    on: 'guardrails.filter((reading) => reading.worse)',
    off: 'guardrails.filter(() => false)',
    tests: 'tests/serving/canary.test.ts',
  },
  {
    name: 'errors of a version on trial',
    file: `${VERSIONS}/watched-pipeline.ts`,
    on: 'return await answer(second);',
    off: 'throw thrown;',
    tests: 'tests/serving/canary.test.ts',
  },
  {
    name: 'a shadow that falls behind',
    file: `${VERSIONS}/shadow.ts`,
    on: 'if (underWay !== undefined) {',
    off: 'if (closed) {',
    tests: 'tests/serving/shadow.test.ts',
  },
];
