import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src/serving/stores/open-store.ts';
import { storeAddressOf } from '../../src/serving/stores/store-address.ts';

const node = (host: string, port: number) => ({ host, port });

it.each([
  ['memory:', { kind: 'memory' }],
  ['lmdb:some/folder', { kind: 'lmdb', folder: 'some/folder' }],
  ['redis://127.0.0.1:6379', { redis: { nodes: [node('127.0.0.1', 6379)], isCluster: false, database: 0 } }],
  ['redis://[::1]:6379/3', { redis: { nodes: [node('::1', 6379)], isCluster: false, database: 3 } }],
  ['redis://u:p:w@cache:1', { redis: { nodes: [node('cache', 1)], username: 'u', password: 'p:w' } }],
  ['redis://:pw@cache:1', { redis: { password: 'pw' } }],
  [
    'redis-cluster://a:1,b-2.c:65535',
    { redis: { nodes: [node('a', 1), node('b-2.c', 65535)], isCluster: true } },
  ],
])('reads %s', (text, expected) => {
  expect(storeAddressOf(text)).toMatchObject(expected);
});

it.each([
  ...['', 'memory', 'memory:x', 'lmdb:', 'lmdb: ', 'folder', 'redis://', 'redis://host', 'redis://host:0'],
  ...[
    'redis://host:65536',
    'redis://host:x',
    'redis://a:1,b:2',
    'redis://h:1/x',
    'redis://h:1/',
    'http://h:1',
  ],
  ...[
    'redis-cluster://a:1,',
    'redis-cluster://a:1/2',
    'redis-cluster://a:1,b',
    'redis://h o:1',
    'rediss://h:1',
  ],
])('reads no store in %j', (text) => {
  expect(storeAddressOf(text)).toBeUndefined();
});

it('gives each dataset of a folder a store of its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-stores-'));
  const [one, other] = await Promise.all(
    ['one', 'the/other'].map((name) => openStore({ kind: 'lmdb', folder }, name)),
  );
  await one.put('a', new Uint8Array(1));
  expect(await other.get('a')).toBeUndefined();
  await Promise.all([one.close(), other.close()]);
  rmSync(folder, { recursive: true, force: true });
});
