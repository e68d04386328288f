/** A process of its own that counts up in a shared store: node --import tsx count-in-store.ts FOLDER TIMES */
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';

const [folder, times] = process.argv.slice(2);
const store = openLmdbStore(folder);
process.stdout.write('counting\n');
for (let i = 0; i < Number(times); i++) {
  await store.apply(['n'], ([value]) => {
    const next = Number(value === undefined ? 0 : new TextDecoder().decode(value)) + 1;
    return { writes: [{ key: 'n', value: new TextEncoder().encode(String(next)) }], result: next };
  });
}
await store.close();
