import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openChunkedRun, writeChunk } from '../../src/artifacts/chunked-run.ts';

const root = mkdtempSync(join(tmpdir(), 'marquee-chunks-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
const freshDir = (): string => join(root, `run-${folders++}`);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('a chunked run', () => {
  it('goes on where it stopped', () => {
    const dir = freshDir();
    const first = openChunkedRun(dir, 'a', 3);
    expect(first.missing).toEqual([0, 1, 2]);
    first.markDone(1, writeChunk(dir, 1, bytes(7, 8)));
    const second = openChunkedRun(dir, 'a', 3);
    expect(second.missing).toEqual([0, 2]);
    expect([...second.read(1)]).toEqual([7, 8]);
  });

  it('does again what was written and not named, half written, or altered', () => {
    const dir = freshDir();
    const run = openChunkedRun(dir, 'a', 4);
    run.markDone(0, writeChunk(dir, 0, bytes(1)));
    run.markDone(3, writeChunk(dir, 3, bytes(4)));
    writeChunk(dir, 1, bytes(2));
    writeFileSync(join(dir, 'chunk-000002.bin.partial'), 'half');
    writeFileSync(join(dir, 'chunk-000003.bin'), 'altered');
    expect(openChunkedRun(dir, 'a', 4).missing).toEqual([1, 2, 3]);
    expect(readdirSync(dir).sort()).toEqual(['chunk-000000.bin', 'done.json']);
  });

  it.each([
    { identity: 'b', chunks: 2 },
    { identity: 'a', chunks: 3 },
  ])('takes nothing from another run: %o', ({ identity, chunks }) => {
    const dir = freshDir();
    const run = openChunkedRun(dir, 'a', 2);
    run.markDone(0, writeChunk(dir, 0, bytes(1)));
    expect(openChunkedRun(dir, identity, chunks).missing).toHaveLength(chunks);
  });

  it('begins anew where the list of what is done is damaged', () => {
    const dir = freshDir();
    openChunkedRun(dir, 'a', 1).markDone(0, writeChunk(dir, 0, bytes(1)));
    writeFileSync(join(dir, 'done.json'), '{"ident');
    expect(openChunkedRun(dir, 'a', 1).missing).toEqual([0]);
  });
});
