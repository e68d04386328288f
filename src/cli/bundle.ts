/**
 * Bundles the command line and its packages: `npm ci` runs this file, and so does what finds the bundle missing or
 * older than the sources. One by one, the thousand modules of a server load for longer than all else it does before
 * it is ready; a bundle takes a tenth of that.
 */
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuildOptions, Plugin } from 'esbuild';
import { BUILD, buildFolder } from './build-folder.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const MAIN = join(HERE, 'main.ts');
const SCORING_WORKER = 'scoring-worker';

/** What `npm start` runs: `door.ts` as plain JavaScript. */
const DOOR = join(BUILD, 'marquee.js');

/** Packages with native parts, or that read files lying beside them. */
const LEFT_IN_PLACE = [
  'lmdb',
  'piscina',
  'usearch',
  '@tensorflow/*',
  '@fastify/swagger',
  '@fastify/swagger-ui',
  'esbuild',
  'tsx',
  'playwright-core',
  'axe-core',
];

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

/**
 * The file that scoring threads run: beside what runs now where that is a bundle, else of the bundle that is made for
 * it; undefined where none can be made.
 */
export const scoringWorkerFile = async (): Promise<string | undefined> => {
  const name = `${SCORING_WORKER}.js`;
  const beside = join(import.meta.dirname, name);
  if (existsSync(beside)) return beside;
  try {
    return join(await bundled(), name);
  } catch {
    return undefined; // as above
  }
};

/** The folder of the bundle for the present sources and packages. */
const bundled = (): Promise<string> =>
  buildFolder({
    name: 'cli',
    folders: ['src', 'datasets', 'bench'],
    isSource: /\.ts$/,
    besides: [DOOR],
    async make(folder, path) {
      const { build } = await import('esbuild');
      // Split, so that a command still loads no more than it needs.
      await build({
        ...OPTIONS,
        entryPoints: [MAIN, join(HERE, `${SCORING_WORKER}.ts`)],
        outdir: folder,
        splitting: true,
        external: LEFT_IN_PLACE,
        banner: { js: REQUIRE },
        plugins: [ownPlaces(path)],
      });
      const door = join(folder, 'marquee.js');
      await build({
        ...OPTIONS,
        entryPoints: [join(HERE, 'door.ts')],
        outfile: door,
        packages: 'external',
        plugins: [ownPlaces(BUILD)],
      });
      renameSync(door, DOOR);
    },
  });

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

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await bundled();
