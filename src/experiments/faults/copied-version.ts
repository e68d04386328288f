import { linkSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishVersion, type Version } from '../../artifacts/publish.ts';

/** Publishes a version that holds another's files, some of them replaced. They share the disk's space. */
export const copyVersion = (
  from: Version,
  root: string,
  name: string,
  replaced: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<Version> =>
  publishVersion(root, name, (dir) => {
    for (const file of readdirSync(from.dir)) {
      const bytes = replaced.get(file);
      if (bytes === undefined) linkSync(join(from.dir, file), join(dir, file));
      else writeFileSync(join(dir, file), bytes);
    }
  });
