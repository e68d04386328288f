import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { currentVersion, publishVersion, setCurrentVersion } from '../../src/artifacts/publish.ts';
import {
  recordServed,
  rejectionOf,
  rejections,
  rejectVersion,
  rollBack,
  servableVersions,
  servedVersions,
} from '../../src/artifacts/releases.ts';
import { temporaryFolder } from './temporary-folder.ts';

const base = temporaryFolder();
let count = 0;

describe('releases', () => {
  let root: string;
  beforeEach(async () => {
    root = join(base, String(count++));
    for (const name of ['v1', 'v2', 'v3']) {
      await publishVersion(root, name, () => undefined);
      setCurrentVersion(root, name);
    }
  });
  const servable = (): string[] => servableVersions(root).map(({ name }) => name);

  test('the current version is preferred, then those that served, the last one first', () => {
    expect(servable()).toEqual(['v3']);
    for (const name of ['v1', 'v1', 'v2', 'v1', 'v2']) recordServed(root, name);
    expect(servedVersions(root)).toEqual(['v1', 'v2', 'v1', 'v2']);
    expect(servable()).toEqual(['v3', 'v2', 'v1']);
  });

  test('a version that is taken back is served no more, and the pointer goes back to what served', () => {
    recordServed(root, 'v1');
    recordServed(root, 'v2');
    rejectVersion(root, { version: 'v3', at: 5, cause: 'slow' });
    expect(currentVersion(root)?.name).toBe('v2');
    rejectVersion(root, { version: 'v3', at: 6, cause: 'another process, a moment later' });
    expect(rejectionOf(root, 'v3')).toEqual({ version: 'v3', at: 5, cause: 'slow' });
    setCurrentVersion(root, 'v3');
    expect(servable()).toEqual(['v2', 'v1']);
    expect(rollBack(root, 7, 'by hand')).toEqual({ from: 'v3', to: 'v2' });
    expect(rollBack(root, 8, 'by hand')).toEqual({ from: 'v2', to: 'v1' });
    expect(() => rollBack(root, 9, 'by hand')).toThrow(/no other version than v1/);
    expect(
      rejections(root)
        .map(({ version }) => version)
        .sort(),
    ).toEqual(['v2', 'v3']);
    expect(servable()).toEqual(['v1']);
  });

  test('names of versions that are gone are passed over, and records are no versions', async () => {
    recordServed(root, 'v0');
    recordServed(root, 'v2');
    expect(servedVersions(root)).toEqual(['v2']);
    mkdirSync(join(root, 'rejected'));
    expect(() => setCurrentVersion(root, 'rejected')).toThrow(/rejected/);
    await expect(publishVersion(root, 'served', () => undefined)).rejects.toThrow(/served/);
  });
});
