/**
 * Bundles the command line and its packages: `npm ci` runs this file, and so does what finds the bundle missing or
 * older than the sources. One by one, the thousand modules of a server load for longer than all else it does before
 * it is ready; a bundle takes a tenth of that.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuildOptions, Plugin } from 'esbuild';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..');
const BUILD = join(ROOT, 'build');
const MAIN = join(HERE, 'main.ts');
const SOURCES = ['src', 'datasets', 'bench'];

/** What `npm start` runs: `door.ts` as plain JavaScript. */
const DOOR = join(BUILD, 'marquee.js');

/** Packages with native parts, or that read files lying beside them. */
const LEFT_IN_PLACE = [
  'lmdb',
  'usearch',
  '@tensorflow/*',
  '@fastify/swagger',
  '@fastify/swagger-ui',
  'esbuild',
  'tsx',
];

/** Bundles of earlier sources that stay: a process that runs one may still have parts of it to load. */
const KEPT = 2;

/**
 * The file to run for the present sources: the bundle of `main.ts`, made now where it is missing; where none can be
 * made, `main.ts` itself, which says through tsx what is wrong with it.
 */
export const currentMain = async (): Promise<string> => {
  try {
    return join(await bundled(), 'main.js');
  } catch {
    return MAIN; // a folder that cannot be written, or sources that do not compile
  }
};

/** What comes after `node` to run a command in another process: the door, or `main.ts` where there can be none. */
export const commandLine = async (): Promise<readonly string[]> => {
  try {
    await bundled();
    return [DOOR];
  } catch {
    return ['--import', import.meta.resolve('tsx'), MAIN]; // as above
  }
};

/** The folder of the bundle for the present sources and packages. */
const bundled = async (): Promise<string> => {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  for (const folder of SOURCES) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      if (!name.endsWith('.ts')) continue;
      hash.update(`\0${folder}/${name}\0`).update(readFileSync(join(ROOT, folder, name)));
    }
  }
  const path = join(BUILD, `cli-${hash.digest('hex').slice(0, 16)}`);
  if (!existsSync(path) || !existsSync(DOOR)) await bundle(path);
  return path;
};

/** Both are written aside and renamed, so that nobody loads half of one. */
const bundle = async (path: string): Promise<void> => {
  const { build } = await import('esbuild');
  mkdirSync(BUILD, { recursive: true });
  const aside = mkdtempSync(join(BUILD, 'aside-'));
  try {
    const main = join(aside, 'main');
    // Split, so that a command still loads no more than it needs.
    await build({
      ...OPTIONS,
      entryPoints: [MAIN],
      outdir: main,
      splitting: true,
      external: LEFT_IN_PLACE,
      banner: { js: REQUIRE },
      plugins: [ownPlaces(path)],
    });
    settle(main, path);
    const door = join(aside, 'marquee.js');
    await build({
      ...OPTIONS,
      entryPoints: [join(HERE, 'door.ts')],
      outfile: door,
      packages: 'external',
      plugins: [ownPlaces(BUILD)],
    });
    renameSync(door, DOOR);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  removeOthers(path);
};

/** Puts the folder where it belongs, unless another process was first. */
const settle = (folder: string, path: string): void => {
  try {
    renameSync(folder, path);
  } catch (thrown) {
    if (!existsSync(path)) throw thrown;
  }
};

const OPTIONS = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** CommonJS packages call `require`, which an ES module has to make for itself. */
const REQUIRE =
  "import { createRequire as $createRequire } from 'node:module'; const require = $createRequire(import.meta.filename);";

const OWN_PLACE = /\bimport\.meta\.url\b/g;

/** Lets a source that looks for files beside it look where it lies, not where the bundle does: in `folder`. */
const ownPlaces = (folder: string): Plugin => ({
  name: 'own places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const place = JSON.stringify(relative(folder, path).replaceAll(sep, '/'));
      const contents = text.replaceAll(OWN_PLACE, `new URL(${place}, import.meta['url']).href`);
      return { contents, loader: 'ts' };
    });
  },
});

const removeOthers = (path: string): void => {
  const others = readdirSync(BUILD)
    .filter((name) => name.startsWith('cli-'))
    .map((name) => join(BUILD, name))
    .filter((other) => other !== path);
  const ageOf = (other: string): number => -statSync(other).mtimeMs;
  others.sort((a, b) => ageOf(a) - ageOf(b));
  for (const other of others.slice(KEPT)) rmSync(other, { recursive: true, force: true });
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await bundled();
