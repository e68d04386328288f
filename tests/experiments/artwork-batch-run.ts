/** Run by `artwork-batch.test.ts` in a process of its own, which is killed: chooses the planted batch in the folder given. */
import { writeFileSync } from 'node:fs';
import { runArtworkBatch } from '../../src/experiments/artwork-batch.ts';
import { plantedBatch } from './planted-batch.ts';

const [dir, out] = process.argv.slice(2);
const batch = plantedBatch();
process.stdout.write('started\n');
const choices = await runArtworkBatch(batch, { dir, threads: 1 });
writeFileSync(out, choices);
