/** Writes to a store whose disk is full for a while, and says what came of it: node --import tsx fill-disk.ts STORE_FOLDER */
import { spawnSync } from 'node:child_process';
import { kindOf } from '../../src/serving/stage.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';

process.on('SIGXFSZ', () => undefined); // as `marquee serve` does
const store = openLmdbStore(process.argv[2]);
const limitFiles = (bytes: string): void => {
  spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
};
const put = (key: string): Promise<string> =>
  store.put(key, new Uint8Array(5_000).fill(key.length)).then(
    () => 'kept',
    (error: unknown) => kindOf(error),
  );
const said = [await put('before')];
limitFiles('4096');
said.push(...(await Promise.all(['in', 'in-it', 'in-all'].map(put))), await put('still'));
said.push((await store.get('before'))?.length === 5_000 ? 'readable' : 'gone');
limitFiles('unlimited');
said.push(await put('after'));
const absent = await store.getMany(['in', 'in-it', 'in-all', 'still']);
said.push(absent.every((value) => value === undefined) ? 'nothing of it' : 'something of it');
await store.close();
process.stdout.write(`${JSON.stringify(said)}\n`);
