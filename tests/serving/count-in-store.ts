/** A process of its own that counts up in a shared store: node --import tsx count-in-store.ts STORE TIMES */
import { openStore } from '../../src/serving/stores/open-store.ts';
import { openRedisStore } from '../../src/serving/stores/redis.ts';
import { storeAddressOf } from '../../src/serving/stores/store-address.ts';

const [text, times] = process.argv.slice(2);
const address = storeAddressOf(text);
if (address === undefined) throw new RangeError(`STORE: got ${text}`);
const store =
  address.kind === 'redis'
    ? await openRedisStore({ address: address.redis, namespace: 'counted/', commandTimeoutMs: 20_000 })
    : await openStore(address, 'counted');
process.stdout.write('counting\n');
for (let i = 0; i < Number(times); i++) {
  await store.apply(['n'], ([value]) => {
    const next = Number(value === undefined ? 0 : new TextDecoder().decode(value)) + 1;
    return { writes: [{ key: 'n', value: new TextEncoder().encode(String(next)) }], result: next };
  });
}
await store.close();
