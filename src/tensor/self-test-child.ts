/** Entry of the child process that tries a TensorFlow.js module: MODULE-URL BACKEND, one line of JSON on stdout. */
import { selfTest, type TensorModule } from './self-test.ts';

const [moduleUrl, backend] = process.argv.slice(2);
const imported = (await import(moduleUrl!)) as TensorModule & { default?: TensorModule };
const result = await selfTest(imported.default ?? imported, backend!);
process.stdout.write(`\nself-test ${JSON.stringify(result)}\n`);
