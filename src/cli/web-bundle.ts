/**
 * Bundles the pages of `web/` for a browser: `npm ci` runs this file, and so does a server that finds them older than
 * their sources. `web/pages.json` lists them; files are named after their content, and lie there compressed as well.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, parse, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { Metafile } from 'esbuild';
import { WEB_INDEX, type WebFile } from '../serving/http/web-files.ts';
import { buildFolder, ROOT } from './build-folder.ts';

const WEB = join(ROOT, 'web');
const ASSETS = '/assets/';
const ICON = 'icon.svg';

interface Page {
  /** Where it is served, such as `/lab`. */
  readonly path: string;
  readonly title: string;
  /** In `web/`. What it imports of styles is linked too. */
  readonly script: string;
}

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** The folder of the present pages: what `openWebFiles` reads. */
export const webFolder = (): Promise<string> =>
  buildFolder({
    name: 'web',
    folders: ['web'],
    isSource: /\.(tsx?|css|html|svg|json)$/,
    async make(folder) {
      const { build } = await import('esbuild');
      const pages = JSON.parse(readFileSync(join(WEB, 'pages.json'), 'utf8')) as Page[];
      const template = readFileSync(join(WEB, 'page.html'), 'utf8');
      const { metafile, outputFiles } = await build({
        absWorkingDir: ROOT,
        entryPoints: [...pages.map(({ script }) => script), ICON].map((file) => join('web', file)),
        bundle: true,
        splitting: true,
        format: 'esm',
        target: ['es2022', 'chrome109', 'firefox115', 'safari16'],
        jsx: 'automatic',
        jsxImportSource: 'preact',
        minify: true,
        legalComments: 'none',
        outdir: folder,
        entryNames: '[name]-[hash]',
        chunkNames: '[name]-[hash]',
        assetNames: '[name]-[hash]',
        loader: { '.svg': 'copy' },
        metafile: true,
        write: false,
        logLevel: 'silent',
      });
      const index: WebFile[] = [];
      for (const { path, contents } of outputFiles) {
        const file = basename(path);
        const type = TYPES[file.split('.').at(-1) ?? ''];
        index.push({ url: ASSETS + file, file, type, forever: true });
        await writeCompressed(join(folder, file), contents);
      }
      for (const page of pages) {
        const file = `${parse(page.script).name}.html`;
        const html = pageHtml(template, page, metafile);
        index.push({ url: page.path, file, type: 'text/html; charset=utf-8', forever: false });
        await writeCompressed(join(folder, file), Buffer.from(html));
      }
      writeFileSync(join(folder, WEB_INDEX), JSON.stringify(index, null, 2));
    },
  });

/** The template with the page's title and with links to its style, its script, and what that loads at once. */
const pageHtml = (template: string, { title, script }: Page, { outputs }: Metafile): string => {
  const outputOf = (source: string): string =>
    Object.keys(outputs).find((file) => outputs[file].entryPoint === `web/${source}`) ?? '';
  const urlOf = (file: string): string => ASSETS + basename(file);
  const entry = outputOf(script);
  const { cssBundle, imports } = outputs[entry];
  const head = [
    `<link rel="icon" href="${urlOf(outputOf(ICON))}">`,
    ...(cssBundle === undefined ? [] : [`<link rel="stylesheet" href="${urlOf(cssBundle)}">`]),
    ...imports
      .filter(({ kind }) => kind === 'import-statement')
      .map(({ path }) => `<link rel="modulepreload" href="${urlOf(path)}">`),
    `<script type="module" src="${urlOf(entry)}"></script>`,
  ];
  return template.replace('{title}', () => title).replace('{head}', () => head.join('\n    '));
};

const writeCompressed = async (path: string, contents: Uint8Array): Promise<void> => {
  writeFileSync(path, contents);
  writeFileSync(`${path}.br`, await promisify(brotliCompress)(contents));
  writeFileSync(`${path}.gz`, await promisify(gzip)(contents, { level: 9 }));
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(relative(ROOT, await webFolder()));
}
