import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COPIED = ['package.json', 'package-lock.json', 'src', 'datasets', 'bench'];
const ended = { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } } as const;

/** A checkout of its own, whose sources may be edited. */
let checkout: string;
let door: string;

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'marquee-bundle-'));
  door = join(checkout, 'build', 'marquee.js');
  for (const name of COPIED) cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  const bundle = ['--import', 'tsx', 'src/cli/bundle.ts'];
  const { status, stderr } = spawnSync(process.execPath, bundle, { ...ended, cwd: checkout });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

afterAll(() => rmSync(checkout, { recursive: true }));

const marquee = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [door, ...args], {
    ...ended,
    cwd: tmpdir(),
  });
  return { status, stdout, stderr };
};

const bundles = (): string[] =>
  readdirSync(join(checkout, 'build'))
    .filter((name) => !name.startsWith('kernels-'))
    .sort();

const edit = (path: string, from: string, to: string): void => {
  const text = readFileSync(join(checkout, path), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(checkout, path), text.replace(from, to));
};

it('runs from any folder, without tsx, and knows an error of ours from a bug', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(marquee('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  const { status, stdout, stderr } = marquee('serve', '--port', '0', '--work-dir', 'no-such-folder');
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^marquee: .*nothing was published there/);
});

it('finds the kernels where they lie', () => {
  const { stdout } = marquee('doctor');
  expect(stdout).toMatch(/^ok +kernels +WebAssembly SIMD/m);
  expect(stdout).toMatch(/^ok +tensors +simd trains/m);
});

it('runs the sources as they are: after an edit, after a second, and where they do not compile', () => {
  const [before] = bundles();
  edit('src/cli/program.ts', 'A Netflix-style recommender', 'An edited recommender');
  expect(marquee('--help').stdout).toContain('An edited recommender');
  expect(bundles()).toHaveLength(3); // the door, this bundle, and the one before it
  expect(bundles()).toContain(before);

  edit('src/cli/program.ts', 'An edited recommender', 'A Netflix-style recommender');
  expect(marquee('--help').stdout).toContain('A Netflix-style recommender');
  expect(bundles()).toHaveLength(3);

  edit('src/cli/program.ts', 'export const buildProgram', 'export cnst buildProgram');
  const broken = marquee('--help');
  expect(broken.status).toBe(1);
  expect(broken.stderr).toContain('program.ts');
  expect(bundles()).toHaveLength(3); // nothing half made is left
});
