import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MAGIC_AT = 24; // behind the page's own header
const MAGIC = 0xbeefc0de;
const HEADER_BYTES = 32;

/**
 * Why LMDB should not be let near this folder, or undefined: the native library does not refuse what is
 * no data file of its own, it ends the process.
 */
export const lmdbFlaw = (folder: string): string | undefined => {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isDirectory()) return 'it is not a folder';
  const file = join(folder, 'data.mdb');
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return undefined; // as LMDB leaves it when it is stopped right after it made it
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
  return header.readUInt32LE(MAGIC_AT) === MAGIC ? undefined : 'data.mdb in it is not an LMDB file';
};
