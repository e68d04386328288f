/** The pages for a browser as they were built, kept in memory: they are small, and none changes while a server runs. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lists the files of a folder of pages, a `WebFile[]`. */
export const WEB_INDEX = 'index.json';

export interface WebFile {
  /** The path of its URL. */
  readonly url: string;
  /** In the folder, and beside it with `.br` and `.gz`. */
  readonly file: string;
  readonly type: string;
  /** Named after its content, so that a browser need never ask again. */
  readonly forever: boolean;
}

/** `Cache-Control` of what never changes under its address. */
export const FOREVER = 'public, max-age=31536000, immutable';

export type WebEncoding = 'br' | 'gzip' | 'identity';

export interface LoadedFile extends WebFile {
  readonly etag: string;
  readonly contents: Readonly<Record<WebEncoding, Buffer>>;
}

/** @throws Error naming the file that is missing */
export const openWebFiles = (folder: string): LoadedFile[] => {
  const index = JSON.parse(readFileSync(join(folder, WEB_INDEX), 'utf8')) as WebFile[];
  return index.map((listed) => {
    const path = join(folder, listed.file);
    const identity = readFileSync(path);
    const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 16)}"`;
    const contents = { identity, br: readFileSync(`${path}.br`), gzip: readFileSync(`${path}.gz`) };
    return { ...listed, etag, contents };
  });
};

/** The best that the client takes, by its `Accept-Encoding`; what it refuses with `q=0` is not sent. */
export const encodingFor = (accepted: string | undefined): WebEncoding => {
  const taken = new Set(
    (accepted ?? '')
      .split(',')
      .map((offer) =>
        offer
          .trim()
          .toLowerCase()
          .split(/\s*;\s*/),
      )
      .filter(([, weight]) => weight === undefined || Number(weight.replace('q=', '')) > 0)
      .map(([coding]) => coding),
  );
  if (taken.has('br')) return 'br';
  return taken.has('gzip') ? 'gzip' : 'identity';
};
