/** The one place through which the bytes of artifacts come: nothing is parsed here, so that nothing can hang. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeArtifact } from '../../src/artifacts/artifact.ts';
import { readVerified, readVerifiedAside } from '../../src/artifacts/manifest.ts';
import { temporaryFolder } from './temporary-folder.ts';

const dir = temporaryFolder();

it('gives back a file as it was written, and refuses it altered or cut short, naming it', async () => {
  const tables = { t: { x: Float64Array.from({ length: 500 }, (_, i) => i) } };
  const manifest = writeArtifact(dir, { kind: 'dataset', meta: {}, tables });
  const file = join(dir, 't.arrow');
  const whole = readFileSync(file);
  const reads = [
    async () => readVerified(dir, manifest, 't.arrow'),
    () => readVerifiedAside(dir, manifest, 't.arrow'),
  ];
  for (const read of reads) expect(Buffer.compare(await read(), whole)).toBe(0);
  for (let at = 0; at < whole.length; at += 97) {
    const bent = Uint8Array.from(whole);
    bent[at] ^= 1 << (at & 7);
    writeFileSync(file, bent);
    for (const read of reads) await expect(read()).rejects.toThrow(`${file}: SHA-256 is`);
    writeFileSync(file, whole.subarray(0, at));
    for (const read of reads) await expect(read()).rejects.toThrow(`${file}: ${at} bytes`);
  }
});
